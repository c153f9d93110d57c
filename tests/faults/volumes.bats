#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# kill -9 at any moment: volumes behind loop devices, and the store of secrets.

load ../cli/helper

# Runs a command and kills it after less than a tenth of a second.
kill_soon()
{
	# shellcheck disable=SC2016 # expanded inside
	inside sh -c '"$@" >/dev/null 2>&1 & p=$!; sleep "$0"; kill -9 $p 2>/dev/null; wait' \
		"0.0$((RANDOM % 9))$((RANDOM % 9))" "$@" || true
}

loop_count()
{
	[ "$(losetup -n -O BACK-FILE | grep -cxF "$PWD/image")" = "$1" ]
}

@test "up is killed while a loop device is made: one at most, and none after down" {
	[ -e /dev/loop-control ] || skip "there are no loop devices here (/dev/loop-control)"
	grep -qw ext4 /proc/filesystems || skip "this kernel has no ext4"
	truncate -s 16M probe
	device=$(losetup --find --show probe 2>/dev/null) || skip "loop devices cannot be made here"
	losetup -d "$device"
	project loops <<-YAML
	services:
	  a: &service
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	    volumes: ["disk:/disk"]
	  b: *service
	volumes:
	  disk: {driver_opts: {type: ext4, device: ./image, o: loop}}
	YAML
	truncate -s 16M image
	mkfs.ext4 -q -F image
	for round in $(seq 1 20); do
		kill_soon "$CORACLE" up -d
		if [ $((round % 3)) = 0 ]; then
			expect 0 coracle up -d
			expect 0 coracle exec -T b touch "/disk/$round"
			loop_count 1
		fi
		expect 0 coracle down -t 0
	done
	eventually 10 loop_count 0
	expect 0 e2fsck -fn image
	expect 0 debugfs -R 'ls -p' image
	has '/18/0/'
}

@test "secret create is killed: there is the whole secret or none, and no litter" {
	head -c 400000 /dev/urandom >content
	for round in $(seq 1 30); do
		kill_soon "$CORACLE" secret create --encrypt "s$round" content
		coracle secret inspect "s$round" >/dev/null 2>&1 ||
			expect 0 coracle secret create --encrypt "s$round" content
	done
	expect 0 coracle secret ls --format '{{.Name}}'
	[ "$(wc -l <<<"$output")" = 30 ]
	[[ "$stderr" != *damaged* ]]
	run inside find "$CORACLE_ROOT/secrets" -name '*.tmp'
	is ''
	for round in $(seq 1 30); do
		expect 0 coracle secret rm "s$round"
	done
}
