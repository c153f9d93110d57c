# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2016,SC2317
#
# Limits of OCI bundles, on a kernel with every cgroup controller: set, enforced, changed, and what is told of them.

# shellcheck source=tests/vm/bundle.bash
. "$project/tests/vm/bundle.bash"

cgroup=/sys/fs/cgroup/bundles

test_every_limit_of_a_bundle_is_in_its_cgroup()
{
	bundle limits 'sleep 3600' '.linux.resources = {
		memory: {limit: 67108864, swap: 83886080, reservation: 16777216},
		cpu: {shares: 2048, quota: 50000, period: 100000, burst: 10000, cpus: "0"},
		pids: {limit: 50},
		hugepageLimits: [{pageSize: "2MB", limit: 4194304}],
		unified: {"memory.high": "50331648", "memory.oom.group": "1", "cgroup.max.descendants": "3"}}'
	start limits
	local file wanted
	while read -r file wanted; do
		equal "$file $(cat "$cgroup/limits/$file")" "$file $wanted"
	done <<-'FILES'
	memory.max 67108864
	memory.swap.max 16777216
	memory.low 16777216
	memory.high 50331648
	memory.oom.group 1
	cpu.max 50000 100000
	cpuset.cpus 0
	pids.max 50
	hugetlb.2MB.max 4194304
	cgroup.max.descendants 3
	FILES
	[ "$(cat "$cgroup/limits/cpu.weight")" -gt 39 ]
	# Since Linux 5.14. What a kernel has not got is said to have no effect.
	if [ -e "$cgroup/limits/cpu.max.burst" ]; then
		equal "$(cat "$cgroup/limits/cpu.max.burst")" 10000
	else
		grep 'the CPU burst has no effect: the cpu controller does not offer it (the kernel is too old' /tmp/limits/output
	fi
	equal "$(oci exec limits cat /proc/self/cgroup)" '0::/'
	oci delete --force limits
	[ ! -e "$cgroup/limits" ]
	# What the kernel has not got is an error that names it, and leaves nothing.
	bundle wrong true '.linux.resources = {unified: {"memory.nothing": "1"}}'
	fails oci run --bundle /tmp/wrong wrong
	fails oci state wrong
	[ ! -e "$cgroup/wrong" ]
}

test_limits_of_a_running_bundle_change()
{
	bundle changing 'sleep 3600' '.linux.resources = {memory: {limit: 67108864}, pids: {limit: 50}}'
	start changing
	oci update --memory 33554432 --memory-swap 50331648 --cpu-quota 25000 --cpu-period 100000 --pids-limit 33 changing
	equal "$(cat "$cgroup/changing/memory.max")" 33554432
	equal "$(cat "$cgroup/changing/memory.swap.max")" 16777216
	equal "$(cat "$cgroup/changing/cpu.max")" '25000 100000'
	equal "$(cat "$cgroup/changing/pids.max")" 33
	echo '{"memory": {"limit": 41943040, "swap": 41943040}, "unified": {"memory.high": "max"}}' | oci update -r - changing
	equal "$(cat "$cgroup/changing/memory.max")" 41943040
	equal "$(cat "$cgroup/changing/memory.swap.max")" 0
	equal "$(cat "$cgroup/changing/pids.max")" 33
	equal "$(oci events --stats changing | jq -c '.data | [.memory.usage.limit, .pids.limit]')" '[41943040,33]'
	oci delete --force changing
}

test_over_its_memory_limit_a_bundle_is_killed_and_told_of()
{
	bundle greedy 'sleep 1; tail /dev/zero; sleep 3600' \
		'.linux.resources = {memory: {limit: 20971520, swap: 20971520}}'
	start greedy
	oci events greedy >/tmp/greedy/events 2>/dev/null &
	local events=$!
	killed() { [ "$(sed -n 's/^oom_kill //p' "$cgroup/greedy/memory.events")" -ge 1 ]; }
	eventually 120 killed
	told() { grep -q '"type": *"oom"' /tmp/greedy/events; }
	eventually 60 told
	equal "$(oci state greedy | jq -r .status)" running # the shell, which was not the one that took it
	oci delete --force greedy
	wait "$events"
	# And with all of it: the group goes as one.
	bundle group 'sleep 1; tail /dev/zero; sleep 3600' \
		'.linux.resources = {memory: {limit: 20971520, swap: 20971520}, unified: {"memory.oom.group": "1"}}'
	start group
	ended() { [ "$(oci state group | jq -r .status)" = stopped ]; }
	eventually 120 ended
	oci delete group
}

test_a_fork_bomb_of_a_bundle_stays_small()
{
	bundle bomb 'bomb() { bomb | bomb & }; bomb; sleep 3600' '.linux.resources = {pids: {limit: 20}}'
	start bomb
	refused() { [ "$(sed -n 's/^max //p' "$cgroup/bomb/pids.events")" -ge 1 ]; }
	eventually 120 refused
	[ "$(cat "$cgroup/bomb/pids.current")" -le 20 ]
	timeout 30 "$CORACLE" oci state bomb
	oci delete --force bomb
	[ ! -e "$cgroup/bomb" ]
}

test_half_a_processor_is_half_a_processor()
{
	bundle busy 'while :; do :; done' '.linux.resources = {cpu: {quota: 50000, period: 100000}}'
	start busy
	local before after start
	sleep 1
	start=$(date +%s%N)
	before=$(sed -n 's/^usage_usec //p' "$cgroup/busy/cpu.stat")
	sleep 5
	after=$(sed -n 's/^usage_usec //p' "$cgroup/busy/cpu.stat")
	start=$((($(date +%s%N) - start) / 1000))
	echo "$((after - before)) of $start microseconds"
	# Not above; below only where the host gave this machine less.
	[ $(((after - before) * 100)) -le $((start * 55)) ]
	[ "$(sed -n 's/^nr_throttled //p' "$cgroup/busy/cpu.stat")" -gt 5 ]
	oci delete --force busy
}

test_a_paused_bundle_stands_still()
{
	bundle still 'while :; do echo; done >/dev/null' .
	start still
	oci pause still
	equal "$(oci state still | jq -r .status)" paused
	local usage
	usage=$(sed -n 's/^usage_usec //p' "$cgroup/still/cpu.stat")
	sleep 1
	equal "$(sed -n 's/^usage_usec //p' "$cgroup/still/cpu.stat")" "$usage"
	fails oci exec still true
	oci resume still
	equal "$(oci state still | jq -r .status)" running
	oci exec still true
	oci pause still
	oci delete --force still
	[ ! -e "$cgroup/still" ]
}
