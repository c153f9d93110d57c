# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2016,SC2317
# kernel: security=selinux selinux=1
#
# Labels of OCI bundles where SELinux is enforced, by a policy of our own: selinux.policy says what is allowed.

# shellcheck source=tests/vm/bundle.bash
. "$project/tests/vm/bundle.bash"

box=system_u:system_r:box_t:s0:c1,c2 other=system_u:system_r:other_t:s0 files=system_u:object_r:box_file_t:s0:c1,c2
labels=".process.selinuxLabel = \"$box\" | .linux.mountLabel = \"$files\""
scratch='.mounts += [{destination: "/scratch", type: "tmpfs", source: "tmpfs"}]'

"$IMAGE_CACHE/packages/checkpolicy/usr/bin/checkpolicy" -M -U allow -c 31 -o /tmp/policy "$project/tests/vm/selinux.policy"
mount -t selinuxfs selinuxfs /sys/fs/selinux
dd if=/tmp/policy of=/sys/fs/selinux/load bs=1M status=none && echo 1 >/sys/fs/selinux/enforce

# label_of PROCESS, PROCESS FILE: of a file as that process sees it.
label_of()
{
	tr -d '\0' <"/proc/$1/attr/current"
}

label_of_file()
{
	stat -L -c %C "/proc/$1/root/$2"
}

pid_of()
{
	oci state "$1" | jq .pid
}

test_a_program_has_its_label_and_is_kept_to_it()
{
	bundle box 'cat /proc/self/attr/current >/scratch/label; cat /proc/keys >/scratch/keys
		echo x >/file || echo denied >/scratch/root; echo x >/far/file || echo denied >/scratch/far
		touch /scratch/done; sleep 3600' "$labels | $scratch | .linux.maskedPaths -= [\"/proc/keys\"] |
		.mounts += [{destination: \"/far\", type: \"tmpfs\",
		source: \"tmpfs\", options: [\"context=\\\"system_u:object_r:box_file_t:s0:c0,c2\\\"\"]}]"
	oci create --bundle /tmp/box box </dev/null >/tmp/box/output 2>&1 || { cat /tmp/box/output; false; }
	local pid
	pid=$(pid_of box)
	# While it waits it is still ours.
	equal "$(label_of "$pid")" "$(label_of self)"
	oci start box
	equal "$(label_of "$pid")" "$box"
	done_() { [ -e "/proc/$pid/root/scratch/done" ]; }
	eventually 60 done_
	equal "$(tr -d '\0' <"/proc/$pid/root/scratch/label")" "$box"
	# What the policy has for its type, and for its categories.
	equal "$(cat "/proc/$pid/root/scratch/root" "/proc/$pid/root/scratch/far" | xargs)" 'denied denied'
	[ ! -s /tmp/box/rootfs/file ]
	# All that is made for it has the label of mounts, but what the policy has labels for; what was there keeps its own.
	local place
	for place in scratch scratch/label dev dev/null dev/pts dev/shm dev/mqueue proc/scsi; do
		echo "$place"
		[ ! -e "/proc/$pid/root/$place" ] || equal "$(label_of_file "$pid" "$place")" "$files"
	done
	for place in proc/version sys bin; do
		echo "$place"
		equal "$(label_of_file "$pid" "$place")" system_u:object_r:root_t:s0
	done
	equal "$(label_of_file "$pid" far)" system_u:object_r:box_file_t:s0:c0,c2
	# keyctl(2), KEYCTL_GET_SECURITY, of its session's keys.
	local key
	key=$(awk '$8 == "keyring" && $9 ~ /^_ses/ {print "0x" $1}' "/proc/$pid/root/scratch/keys")
	equal "$(python3 -c "import ctypes; text = ctypes.create_string_buffer(99)
ctypes.CDLL(None).syscall(250, 17, $key, text, 99); print(text.value.decode())")" "$box"
	# So have further processes, and theirs can be another.
	equal "$(oci exec box cat /proc/self/attr/current | tr -d '\0')" "$box"
	equal "$(oci exec --process-label "${box%,c2}" box cat /proc/self/attr/current | tr -d '\0')" "${box%,c2}"
	fails oci exec --process-label "$other" box true 2>/tmp/box/error
	grep -q 'permission denied' /tmp/box/error
	oci delete --force box
}

test_a_label_that_cannot_be_is_an_error_and_leaves_nothing()
{
	bundle wrong true ".process.selinuxLabel = \"$other\""
	fails oci run --bundle /tmp/wrong wrong 2>/tmp/wrong/error
	grep -q 'permission denied' /tmp/wrong/error
	bundle wrong true '.process.selinuxLabel = "system_u:system_r:nobody_t:s0"'
	fails oci run --bundle /tmp/wrong wrong 2>/tmp/wrong/error
	grep -q "the policy of SELinux has no label 'system_u:system_r:nobody_t:s0'" /tmp/wrong/error
	bundle wrong true '.linux.mountLabel = "nothing"'
	fails oci run --bundle /tmp/wrong wrong 2>/tmp/wrong/error
	# Linux 5.10 looks at it when it makes the file system.
	cat /tmp/wrong/error
	grep -Eq "cannot mount .*(option 'context=nothing'|'tmpfs'): invalid argument" /tmp/wrong/error
	fails oci state wrong
}

test_a_program_in_a_user_namespace_or_under_a_strict_filter_has_its_label()
{
	bundle mapped 'sleep 3600' "$labels | "'.linux.namespaces += [{type: "user"}] |
		.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] |
		.linux.gidMappings = .linux.uidMappings | .process.user = {uid: 7, gid: 7}'
	chown -R 100000:100000 /tmp/mapped/rootfs
	start mapped
	equal "$(label_of "$(pid_of mapped)")" "$box"
	equal "$(label_of_file "$(pid_of mapped)" dev/shm)" "$files"
	equal "$(oci exec mapped cat /proc/self/attr/current | tr -d '\0')" "$box"
	oci delete --force mapped
	# No helper of ours could set it there.
	bundle strict 'sleep 3600' "$labels | "'.linux.seccomp =
		{defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["openat"], action: "SCMP_ACT_ERRNO"}]}'
	start strict
	equal "$(label_of "$(pid_of strict)")" "$box"
	oci delete --force strict
}
