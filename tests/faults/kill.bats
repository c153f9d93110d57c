#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# kill -9 at every step: strace ends a process at the Nth system call of its own that changes
# something. Whatever N is: the next command works, and `down` leaves nothing.
#
# STEPS="1 2 3" chooses the Ns; by default about thirty, close together where most happens.

load ../cli/helper

changes=renameat,renameat2,linkat,symlinkat,mkdirat,unlinkat,mount,umount2,fsmount,move_mount,clone,clone3
changes+=,fork,vfork,sendmsg,sendto,ftruncate,fsync,pwrite64,mknodat,setns,flock
STEPS=${STEPS:-1 2 3 4 5 6 7 8 9 10 12 14 16 18 20 23 26 29 32 36 40 45 50 60 70 80 100 120 150 200}

stack()
{
	project faulty <<-'YAML'
	services:
	  web:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	    ports: ["8080:80"]
	    networks: [front, back]
	    volumes: ["data:/data"]
	    secrets: [token]
	    scale: 2
	  db:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	    networks: [back]
	    tmpfs: /scratch
	networks:
	  front:
	  back: {internal: true}
	volumes:
	  data:
	secrets:
	  token: {environment: TOKEN}
	YAML
	export TOKEN=abc
}

# killed_at N [-f] ARGS: coracle ARGS, killed at the Nth change (with -f, its children at theirs).
killed_at()
{
	local step=$1 follow=''
	shift
	if [ "$1" = -f ]; then
		follow=-f
		shift
	fi
	# The keeper of a container inherits strace as its tracer, so strace is given an end.
	inside timeout -k 1 20 strace -qq $follow -o /dev/null -e "trace=$changes" \
		-e "inject=$changes:signal=KILL:when=$step" "$CORACLE" "$@" >"$BATS_TEST_TMPDIR/killed.log" 2>&1 || true
}

# What must hold after any fault.
still_works()
{
	local what=$1
	run --separate-stderr coracle ps -a
	[ "$status" = 0 ] || fail "after $what: ps exited with $status: $stderr"
	run --separate-stderr coracle down --volumes --timeout 0
	[ "$status" = 0 ] || fail "after $what: down exited with $status: $stderr"
	assert_nothing_left || fail "after $what"
	[ -z "$(coracle volume ls -q)" ] || fail "after $what: a volume is left: $(coracle volume ls -q)"
}

@test "up is killed at its Nth change" {
	stack
	for step in $STEPS; do
		killed_at "$step" up -d
		still_works "up killed at step $step"
	done
}

@test "up and all that it starts are killed at their Nth change" {
	stack
	for step in $STEPS; do
		killed_at "$step" -f up -d
		still_works "up and its children killed at step $step"
	done
}

@test "up works after up was killed" {
	stack
	for step in 2 5 9 14 20 30 45 70 110; do
		killed_at "$step" -f up -d
		run --separate-stderr coracle up -d
		[ "$status" = 0 ] || fail "step $step: $stderr"
		[ "$(coracle ps -q | wc -l)" = 3 ] || fail "step $step: $(coracle ps -a)"
		expect 0 coracle exec -T web true
		still_works "up killed at step $step and repeated"
	done
}

@test "down is killed at its Nth change" {
	stack
	for step in $STEPS; do
		run --separate-stderr coracle up -d
		[ "$status" = 0 ] || fail "before step $step: $stderr"
		killed_at "$step" down --timeout 0
		still_works "down killed at step $step"
	done
}

@test "stop, start and restart are killed" {
	stack
	for step in 1 2 4 7 11 16 24 40; do
		run --separate-stderr coracle up -d
		[ "$status" = 0 ] || fail "before step $step: $stderr"
		killed_at "$step" stop --timeout 0
		killed_at "$step" start
		killed_at "$step" restart --timeout 0
		run --separate-stderr coracle up -d
		[ "$status" = 0 ] || fail "after step $step: $stderr"
		still_works "stop, start and restart killed at step $step"
	done
}

@test "a monitor is killed again and again while its container restarts" {
	project flapping <<-'YAML'
	services:
	  a:
	    image: busybox
	    command: ["sh", "-c", "echo run; exit 1"]
	    restart: always
	YAML
	expect 0 coracle up -d
	for _ in $(seq 10); do
		inside sh -c 'for p in /proc/[0-9]*; do
			[ "$(readlink $p/exe)" != "$0" ] || kill -9 "${p#/proc/}"
		done' "$CORACLE" || true
		expect 0 coracle ps -a
	done
	still_works "monitors were killed"
}

@test "image load is killed: the image is there or not, and a second load works" {
	expect 0 coracle image rm -f busybox
	for step in $STEPS; do
		killed_at "$step" image load -i "$IMAGE_CACHE/busybox/image.tar"
		expect 0 coracle image ls
	done
	expect 0 coracle image load -i "$IMAGE_CACHE/busybox/image.tar"
	expect 0 coracle run --help
	project after <<-'YAML'
	services:
	  a: {image: busybox, command: echo works}
	YAML
	expect 0 coracle run --rm -T a
	is works
	# No blob that nothing refers to is left behind.
	[ "$(inside find "$CORACLE_ROOT/images/blobs" -type f | wc -l)" = 3 ]
}
