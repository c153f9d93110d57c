# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2016,SC2034,SC2317
# init: systemd
#
# Cgroups of OCI bundles that systemd makes, with systemd as process 1 and every controller.

# shellcheck source=tests/vm/bundle.bash
. "$project/tests/vm/bundle.bash"

manager=systemd cgroups_path=test-vm.slice:t:
slice=/sys/fs/cgroup/test.slice/test-vm.slice

property_of()
{
	systemctl show --property "$2" --value "t-$1.scope"
}

# limits_are NAME <<FILES: what stands in the files of its cgroup.
limits_are()
{
	local file wanted
	while read -r file wanted; do
		equal "$file $(cat "$slice/t-$1.scope/$file")" "$file $wanted"
	done
}

# Nothing of it is left: neither in the hierarchy nor among systemd's units.
is_gone()
{
	[ ! -e "$slice/t-$1.scope" ]
	equal "$(property_of "$1" LoadState)" not-found
	fails oci state "$1"
	equal "$(find /run/systemd/transient /run/systemd/system.control -name "t-$1.scope*" 2>/dev/null)" ''
}

test_a_bundle_is_in_a_scope_of_systemds_and_its_limits_last()
{
	bundle whole 'trap "exit 7" TERM; while :; do sleep 1; done' '.linux.resources = {
		memory: {limit: 67108864, swap: 83886080, reservation: 16777216},
		cpu: {shares: 2048, quota: 12500, period: 50000, cpus: "0"},
		pids: {limit: 50}, blockIO: {weight: 500},
		devices: [{allow: false, access: "rwm"}],
		hugepageLimits: [{pageSize: "2MB", limit: 4194304}],
		unified: {"memory.high": "50331648", "cgroup.max.descendants": "3"}} |
		.annotations = {"org.systemd.property.TimeoutStopUSec": "uint64 7000000"} |
		.process.capabilities[] += ["CAP_MKNOD"]'
	oci create --bundle /tmp/whole whole </dev/null >/tmp/whole/output 2>&1
	equal "$(property_of whole ControlGroup)" /test.slice/test-vm.slice/t-whole.scope
	equal "$(property_of whole Delegate) $(property_of whole Description)" 'yes coracle container whole'
	equal "$(property_of whole TimeoutStopUSec)" 7s
	# Nothing but its own process, which has not begun.
	equal "$(cat "$slice/t-whole.scope/cgroup.procs")" "$(oci state whole | jq .pid)"
	oci start whole
	local round
	for round in made reloaded; do
		[ "$round" = made ] || systemctl daemon-reload
		echo "$round"
		limits_are whole <<-'FILES'
		memory.max 67108864
		memory.swap.max 16777216
		memory.low 16777216
		memory.high 50331648
		cpu.max 12500 50000
		cpuset.cpus 0
		pids.max 50
		io.weight default 4950
		hugetlb.2MB.max 4194304
		cgroup.max.descendants 3
		FILES
		# The serial line is none of the container's devices.
		oci exec whole sh -c 'mkdir -p /tmp && { [ -e /tmp/line ] || mknod /tmp/line c 4 64; }; echo >/dev/null'
		fails oci exec whole timeout 10 sh -c ': </tmp/line' >/tmp/whole/denied 2>&1
		grep -q 'not permitted' /tmp/whole/denied
	done
	equal "$(property_of whole MemoryMax) $(property_of whole TasksMax)" '67108864 50'
	equal "$(oci exec whole cat /proc/self/cgroup)" '0::/'
	oci kill whole TERM
	ended() { [ "$(oci state whole | jq -r .status)" = stopped ]; }
	eventually 60 ended
	oci delete whole
	is_gone whole
}

test_systemd_knows_of_an_update()
{
	bundle changing 'sleep 3600' '.linux.resources = {memory: {limit: 67108864}, pids: {limit: 50}}'
	start changing
	oci update --memory 33554432 --memory-swap 50331648 --cpu-quota 25000 --cpu-period 100000 --pids-limit 33 changing
	# What the kernel refuses changes nothing.
	echo '{"pids": {"limit": 12}, "unified": {"memory.high": "much"}}' >/tmp/changing/wrong
	fails oci update -r /tmp/changing/wrong changing
	systemctl daemon-reload
	limits_are changing <<-'FILES'
	memory.max 33554432
	memory.swap.max 16777216
	cpu.max 25000 100000
	pids.max 33
	FILES
	equal "$(property_of changing TasksMax)" 33
	oci pause changing
	equal "$(oci state changing | jq -r .status)" paused
	oci delete --force changing
	is_gone changing
}

test_a_scope_that_cannot_be_is_an_error_and_leaves_nothing()
{
	bundle first 'sleep 3600' .
	start first
	# The name is taken.
	fails oci run --bundle /tmp/first second 2>/tmp/first/error
	grep -q "systemd cannot make the scope 't-first.scope' in 'test-vm.slice': .*already" /tmp/first/error
	fails oci state second
	equal "$(oci state first | jq -r .status)" running
	oci delete --force first
	is_gone first
	bundle wrong true '.linux.cgroupsPath = "/bundles/wrong"'
	fails oci run --bundle /tmp/wrong wrong 2>/tmp/wrong/error
	grep -q 'SLICE:PREFIX:NAME' /tmp/wrong/error
	bundle wrong true '.annotations = {"org.systemd.property.Nothing": "true"}'
	fails oci run --bundle /tmp/wrong wrong 2>/tmp/wrong/error
	grep -q 'Nothing' /tmp/wrong/error
	# After systemd has made it.
	bundle wrong true '.linux.resources = {unified: {"memory.nothing": "1"}}'
	fails oci run --bundle /tmp/wrong wrong
	is_gone wrong
	# One process is enough for one.
	bundle lonely true '.linux.resources = {pids: {limit: 1}} | .process.args = ["true"]'
	oci run --bundle /tmp/lonely lonely
	is_gone lonely
}

test_a_scope_that_has_failed_is_replaced_and_one_killed_by_the_kernel_is_not_kept()
{
	systemd-run --quiet --scope --unit=t-again.scope --property=RuntimeMaxSec=1 sleep 60 || :
	equal "$(property_of again ActiveState)" failed
	bundle again true .
	oci run --bundle /tmp/again again
	is_gone again
	bundle greedy 'tail /dev/zero' '.linux.resources =
		{memory: {limit: 20971520, swap: 20971520}, unified: {"memory.oom.group": "1"}}'
	start greedy
	ended() { [ "$(oci state greedy | jq -r .status)" = stopped ]; }
	eventually 120 ended
	oci delete greedy
	is_gone greedy
}

test_of_a_create_that_was_killed_nothing_stays()
{
	bundle killed 'sleep 3600' '.hooks = {createRuntime: [{path: "/bin/sleep", args: ["sleep", "60"]}]}'
	"$CORACLE" oci --systemd-cgroup create --bundle /tmp/killed killed </dev/null >/tmp/killed/output 2>&1 &
	there() { grep -q . "$slice/t-killed.scope/cgroup.procs"; }
	eventually 60 there
	kill -KILL "$!"
	oci delete --force killed
	is_gone killed
}

test_limits_of_a_project_last_beside_systemd()
{
	project limits_of_a_project_last_beside_systemd <<-'YAML'
	services:
	  web:
	    image: busybox
	    command: sleep 3600
	    init: true
	    mem_limit: 64m
	    cpus: 0.5
	    cpuset: "0"
	    pids_limit: 50
	    blkio_config: {weight: 500}
	YAML
	coracle up -d
	local cgroup
	cgroup=$(cgroup_of limits_of_a_project_last_beside_systemd-web-1)
	local round
	for round in made reloaded; do
		[ "$round" = made ] || { systemctl daemon-reload && systemd-run --quiet --scope --property=CPUWeight=50 true; }
		equal "$(cat "$cgroup"/{memory.max,cpu.max,cpuset.cpus,pids.max} | xargs)" '67108864 50000 100000 0 50'
		equal "$(cat "$cgroup/io.weight")" 'default 4950'
	done
}

test_a_container_divides_its_cgroup_and_is_entered_still()
{
	local mount='.mounts = [.mounts[] | select(.destination != "/sys/fs/cgroup")] + [{destination: "/sys/fs/cgroup",
		type: "cgroup", source: "cgroup", options: ["nosuid", "noexec", "nodev", "rw"]}]'
	local divide='cd /sys/fs/cgroup && mkdir first second && echo 1 >first/cgroup.procs &&
		echo "+memory +pids" >cgroup.subtree_control && echo 9 >second/pids.max && touch /tmp/divided; sleep 3600'
	local ids='.linux.namespaces += [{type: "user"}, {type: "cgroup"}] | .linux.namespaces |= unique |
		.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] |
		.linux.gidMappings = .linux.uidMappings'
	bundle divided "$divide" "$mount | $ids"
	chown -R 100000:100000 /tmp/divided/rootfs
	start divided
	divided() { [ -e /tmp/divided/rootfs/tmp/divided ]; }
	eventually 60 divided
	local scope=$slice/t-divided.scope
	equal "$(stat -c %u "$scope" "$scope/cgroup.procs" "$scope/cgroup.subtree_control" "$scope/memory.max" | xargs)" \
		'100000 100000 100000 0'
	equal "$(cat "$scope/second/pids.max")" 9
	# Its limits are not its own.
	fails oci exec divided sh -c 'echo 5 >/sys/fs/cgroup/pids.max'
	equal "$(oci exec divided cat /proc/self/cgroup)" '0::/first'
	systemctl daemon-reload
	equal "$(cat "$scope/second/pids.max")" 9
	oci delete --force divided
	is_gone divided
	# Where it is not mounted to be written, it is root's.
	bundle kept 'sleep 3600' "$ids"
	chown -R 100000:100000 /tmp/kept/rootfs
	start kept
	equal "$(stat -c %u "$slice/t-kept.scope")" 0
	oci delete --force kept
}
