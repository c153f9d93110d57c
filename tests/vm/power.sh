# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2317
#
# The power fails while commands write to ROOT: a disk is stopped at some moment, with nothing flushed, and copied
# as it is. Whatever moment that was, the copy is whole after a repair, and has all that a command had said to be
# done of what is to outlast a power cut.
#
# VM_CUTS: how often.

before()
{
	"$CORACLE" --root /mnt/before/root --run /run/before "$@"
}

after()
{
	"$CORACLE" --root /mnt/after/root --run /run/after "$@"
}

start_disk()
{
	modprobe -a loop dm-mod
	mkdir -p /mnt/before /mnt/after
	truncate -s 96M /run/disk
	mkfs.ext4 -q /run/disk
	losetup /dev/loop6 /run/disk
	dmsetup --noudevsync create cut --table "0 $(blockdev --getsz /dev/loop6) linear /dev/loop6 0"
	mount -o commit=1 /dev/dm-0 /mnt/before
	before image load -q -i "$IMAGE_CACHE/busybox/image.tar"
}

# What is said in the second column is there after the cut: see docs/state-layout.md for what is not.
work()
{
	local n
	for ((n = 1; ; n++)); do
		before image tag busybox "power$n" && echo "image power$n"
		before volume create "power$n" >/dev/null && echo "volume power$n"
		before network create "power$n" >/dev/null && echo "network power$n"
		echo content | before secret create "power$n" - >/dev/null && echo "secret power$n"
		before container create --name "power$n" busybox true >/dev/null
		before image load -q -i "$IMAGE_CACHE/busybox/image.tar" >/dev/null
		if [ "$n" -gt 2 ]; then
			echo "network -power$((n - 2))"
			before network rm "power$((n - 2))" >/dev/null
			before container rm "power$((n - 2))" >/dev/null
		fi
	done
}

# What a command had said to be there, of a kind, and none to be about to go.
names_of()
{
	awk -v kind="$1" '$1 == kind {sub(/^-/, "", $2); seen[$2]++} END {for (name in seen) if (seen[name] == 1) print name}' /run/acked.then
}

# One copy, as after a reboot: RUN is empty.
judge()
{
	local kind
	local -a names
	mount -o loop /run/copy /mnt/after
	after container ls -a >/dev/null
	after system check --repair >/run/said 2>&1 || true
	after system check >/run/said 2>&1 || { cat /run/said && return 1; }
	for kind in image volume network secret; do
		mapfile -t names < <(names_of "$kind")
		[ ${#names[@]} = 0 ] || after "$kind" inspect "${names[@]}" >/dev/null || return 1
	done
	umount /mnt/after
	rm -rf /run/after
}

test_what_was_done_outlasts_a_power_cut_and_the_rest_is_repaired()
{
	local worker cut
	start_disk
	work >/run/acked 2>/run/complaints &
	worker=$!
	for ((cut = 0; cut < ${VM_CUTS:-2}; cut++)); do
		sleep "$((RANDOM % 3)).$((RANDOM % 1000))"
		cp /run/acked /run/acked.then
		dmsetup suspend --noflush --nolockfs cut
		cp --sparse=always /run/disk /run/copy
		dmsetup resume cut
		echo "cut $cut after $(wc -l </run/acked.then) changes"
		judge
	done
	kill "$worker"
	wait "$worker" || true
	[ ! -s /run/complaints ] || { cat /run/complaints && return 1; }
}
