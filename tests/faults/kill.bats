#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# kill -9 at points all over each command: of the command alone, of whatever is at that point, of
# everything at once. The same command then succeeds, ps tells the truth, `down` leaves nothing.

load faults

@test "up is killed" {
	scenario killing sweep up 8
}

@test "up is killed while it recreates" {
	scenario killing sweep recreate 8
}

@test "up is killed while it scales up" {
	scenario killing sweep grow 5
}

@test "scale is killed while it scales down" {
	scenario killing sweep shrink 4
}

@test "down is killed" {
	scenario killing sweep down 8
}

@test "rm is killed" {
	scenario killing sweep rm 5
}

@test "stop is killed" {
	scenario killing sweep stop 4
}

@test "start is killed" {
	scenario killing sweep start 5
}

@test "restart is killed" {
	scenario killing sweep restart 4
}

@test "kill is killed" {
	scenario killing sweep kill 3
}

@test "run --rm is killed" {
	scenario killing sweep run 5
}

@test "exec is killed, at each step of all its processes" {
	scenario killing joined
}

attached()
{
	[ "$(coracle system events --since 1h --until 0s --filter container=lone --filter event=attach | wc -l)" -gt 0 ]
}

killed_or_attached()
{
	grep -q killed out || attached
}

attached_or_over()
{
	attached || ! inside pgrep -f "coracle-monitor $CORACLE_ROOT $CORACLE_RUN" >/dev/null
}

@test "start -a is killed: nothing runs that nobody was attached to, whatever its restart policy" {
	local step
	for step in $(seq 60); do
		expect 0 coracle container create --name lone --restart always busybox sleep 1000
		inside "$KILLER" own "$step" "$CORACLE" container start -a lone >out 2>&1 &
		eventually 10 killed_or_attached
		eventually 5 attached_or_over
		if attached; then
			coracle container rm -f lone
			wait $! || true
			break
		fi
		wait $! || true
		coracle container rm -f lone
	done
	[ "$step" -gt 3 ] && [ "$step" -lt 60 ]
}

@test "ports and addresses of killed commands are free for others" {
	scenario killing held 8
}

@test "image load is killed: the image is there or not, and a second load works" {
	expect 0 coracle image rm -f busybox
	for step in 1 2 3 5 8 12 17 23 30 38 47 57 68 80 100; do
		inside env ASAN_OPTIONS=detect_leaks=0 timeout 30 "$KILLER" one "$step" "$CORACLE" image load -i \
			"$IMAGE_CACHE/busybox/image.tar" >/dev/null 2>&1 || true
		expect 0 coracle image ls
	done
	expect 0 coracle image load -i "$IMAGE_CACHE/busybox/image.tar"
	project after <<-'YAML'
	services:
	  a: {image: busybox, command: echo works}
	YAML
	expect 0 coracle run --rm -T a
	is works
	# No blob that nothing refers to is left behind.
	[ "$(inside find "$CORACLE_ROOT/images/blobs" -type f | wc -l)" = 3 ]
}
