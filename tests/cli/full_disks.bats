#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Disks that are full while containers run: RUN and ROOT on small file systems of their own.

load helper

# small NAME: CORACLE_NAME (ROOT, RUN) is a file system of 8 MiB until spacious.
small()
{
	local variable=CORACLE_$1
	inside mkdir -p "$WORLD_DIR/small"
	inside mount -t tmpfs -o "size=${2:-8m}" tmpfs "$WORLD_DIR/small"
	usual=${!variable}
	export "$variable=$WORLD_DIR/small/here"
}

spacious()
{
	export "CORACLE_$1=$usual"
	eventually 10 inside umount "$WORLD_DIR/small"
	inside rmdir "$WORLD_DIR/small"
}

# To the last byte.
fill()
{
	inside sh -c 'cat /dev/zero >"$1"; [ -s "$1" ]' sh "$WORLD_DIR/small/zeros" 2>/dev/null
}

status_of()
{
	coracle container ls -a --filter "name=^$1\$" --format '{{.State}}'
}

@test "what a container writes into /etc/hosts takes no room of RUN" {
	small RUN
	coracle container run -d --name greedy busybox sleep 1000
	coracle container run -d --name other busybox sleep 1000
	expect 0 coracle container exec greedy sh -c 'for f in hosts hostname resolv.conf; do
		dd if=/dev/zero of=/etc/$f bs=1M count=12 2>/dev/null || exit 1; done'
	expect 0 coracle container restart -t 0 other
	expect 0 coracle container exec other true
	expect 0 coracle container restart -t 0 greedy
	expect 0 coracle container exec greedy grep -c localhost /etc/hosts
	coracle container rm -f greedy other
	spacious RUN
}

@test "a state that cannot be written is written when there is room" {
	small RUN
	coracle container run -d --name held busybox sleep 1000
	fill
	coracle container pause held
	is_paused()
	{
		[ "$(status_of held)" = paused ]
	}
	inside rm "$WORLD_DIR/small/zeros"
	eventually 5 is_paused
	coracle container unpause held
	expect 0 coracle container exec held true
	coracle container rm -f held
	spacious RUN
}

@test "who ends while RUN is full has ended, with its exit code" {
	small RUN
	coracle container run -d --name ends busybox sh -c 'trap "exit 7" TERM; sleep 1000 & wait'
	eventually 5 eval 'coracle container top ends | grep -q "sleep 1000"'
	fill
	coracle container kill -s TERM ends
	expect 0 coracle container wait ends
	is 7
	inside rm "$WORLD_DIR/small/zeros"
	[ "$(inspect_of ends '{{.State.Status}} {{.State.ExitCode}}')" = 'exited 7' ]
	coracle container rm ends
	spacious RUN
}

@test "restart on a full disk stops nothing" {
	local which
	for which in RUN ROOT; do
		small "$which" 32m
		[ "$which" = RUN ] || load_image busybox
		coracle container run -d --name runs busybox sleep 1000
		fill
		expect 1 coracle container restart -t 0 runs
		has_error 'it runs on: there is no room in'
		has_error 'no space left on device'
		[ "$(status_of runs)" = running ]
		expect 0 coracle container exec runs true
		inside rm "$WORLD_DIR/small/zeros"
		expect 0 coracle container restart -t 0 runs
		coracle container rm -f runs
		spacious "$which"
	done
}

@test "what stops and goes on a full disk leaves nothing in the kernel" {
	local which
	for which in RUN ROOT; do
		small "$which" 32m
		[ "$which" = RUN ] || load_image busybox
		coracle network create narrow
		coracle container run -d --name one -p 8090:80 --network narrow busybox sleep 1000
		coracle container run -d --name other -p 8091:80 --network narrow busybox sleep 1000
		fill
		expect 0 coracle container stop -t 0 one
		expect 0 coracle network inspect narrow --format '{{range .Containers}}{{.Name}} {{end}}'
		is 'other '
		expect 0 inside nft list ruleset
		has 8091
		lacks 8090
		expect 0 coracle system check
		expect 0 coracle container rm -f one other
		expect 0 coracle network rm narrow
		expect 0 inside nft list ruleset
		lacks coracle
		inside rm "$WORLD_DIR/small/zeros"
		spacious "$which"
	done
}
