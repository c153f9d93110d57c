# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2317
#
# Limits, on a kernel with every cgroup controller: they are set, and they are enforced.

test_limits_are_in_the_cgroup()
{
	project limits_are_in_the_cgroup <<-'YAML'
	services:
	  a:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	    deploy:
	      resources:
	        limits: {memory: 64M, cpus: "0.5", pids: 50}
	        reservations: {memory: 16M}
	  b:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	    mem_limit: 32m
	    memswap_limit: 48m
	    cpus: 1.5
	    cpu_shares: 2048
	    cpuset: "0"
	    pids_limit: 20
	  free:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	YAML
	coracle up -d
	local a b free
	a=$(cgroup_of limits_are_in_the_cgroup-a-1)
	b=$(cgroup_of limits_are_in_the_cgroup-b-1)
	free=$(cgroup_of limits_are_in_the_cgroup-free-1)
	equal "$(cat "$a/memory.max")" 67108864
	equal "$(cat "$a/memory.low")" 16777216
	equal "$(cat "$a/cpu.max")" '50000 100000'
	equal "$(cat "$a/pids.max")" 50
	equal "$(cat "$b/memory.max")" 33554432
	equal "$(cat "$b/memory.swap.max")" 16777216
	equal "$(cat "$b/cpu.max")" '150000 100000'
	equal "$(cat "$b/cpuset.cpus")" 0
	equal "$(cat "$b/pids.max")" 20
	[ "$(cat "$b/cpu.weight")" -gt 39 ]
	equal "$(cat "$free/memory.max")" max
	equal "$(cat "$free/cpu.max")" 'max 100000'
	# The container sees its own cgroup as the root, and cannot change it.
	equal "$(coracle exec -T a cat /sys/fs/cgroup/memory.max)" 67108864
	fails coracle exec -T a sh -c 'echo max >/sys/fs/cgroup/memory.max'
	equal "$(coracle exec -T a cat /proc/self/cgroup)" '0::/'
}

test_every_other_limit_is_in_the_cgroup()
{
	local device number
	modprobe loop
	truncate -s 16M /tmp/disk
	device=$(losetup --find --show /tmp/disk)
	number=$(lsblk -dno MAJ:MIN "$device" | tr -d ' ')
	# Weights of single devices need who weighs: io.cost, if the kernel has it.
	[ ! -e /sys/fs/cgroup/io.cost.qos ] || echo "$number enable=1" >/sys/fs/cgroup/io.cost.qos
	project every_other_limit_is_in_the_cgroup <<-YAML
	x-service: &service {image: busybox, command: sleep 3600, stop_signal: SIGKILL}
	services:
	  a:
	    <<: *service
	    cpu_quota: 20000
	    cpu_period: 40000
	    cpu_shares: 1024
	    mem_limit: 64m
	    mem_reservation: 24m
	    memswap_limit: -1
	    pids_limit: -1
	    oom_score_adj: -500
	    blkio_config:
	      device_read_bps: [{path: $device, rate: 1mb}]
	      device_write_bps: [{path: $device, rate: 2mb}]
	      device_read_iops: [{path: $device, rate: 100}]
	      device_write_iops: [{path: $device, rate: 200}]
	  b:
	    <<: *service
	    mem_limit: 64m
	    memswap_limit: 64m
	    blkio_config: {weight: 300, weight_device: [{path: $device, weight: 700}]}
	  c: {<<: *service, mem_limit: 64m}
	YAML
	coracle up -d
	local a b c
	a=$(cgroup_of every_other_limit_is_in_the_cgroup-a-1)
	b=$(cgroup_of every_other_limit_is_in_the_cgroup-b-1)
	c=$(cgroup_of every_other_limit_is_in_the_cgroup-c-1)
	equal "$(cat "$a/cpu.max")" '20000 40000'
	equal "$(cat "$a/cpu.weight")" 100
	equal "$(cat "$a/memory.low")" 25165824
	equal "$(cat "$a/memory.swap.max")" max
	equal "$(cat "$b/memory.swap.max")" 0
	equal "$(cat "$c/memory.swap.max")" 67108864
	equal "$(cat "$a/pids.max")" max
	equal "$(coracle exec -T a cat /proc/1/oom_score_adj)" -500
	equal "$(cat "$a/io.max")" "$number rbps=1048576 wbps=2097152 riops=100 wiops=200"
	if [ -e "$b/io.bfq.weight" ]; then
		grep -q 'default 300' "$b/io.bfq.weight"
	else
		grep -q 'default 2930' "$b/io.weight"
		grep -q "^$number 6970" "$b/io.weight"
	fi
	coracle down
	losetup -d "$device"
}

test_limits_of_a_running_container_change()
{
	project limits_of_a_running_container_change <<-'YAML'
	services:
	  a:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	    container_name: changing
	    mem_limit: 64m
	    memswap_limit: 64m
	    cpus: 1
	YAML
	coracle up -d
	local a
	a=$(cgroup_of changing)
	coracle update --memory 32m --memory-swap 48m --memory-reservation 16m --cpus 0.25 --cpu-shares 2048 --pids-limit 33 \
		--cpuset-cpus 0 changing
	equal "$(cat "$a/memory.max")" 33554432
	equal "$(cat "$a/memory.swap.max")" 16777216
	equal "$(cat "$a/memory.low")" 16777216
	equal "$(cat "$a/cpu.max")" '25000 100000'
	equal "$(cat "$a/pids.max")" 33
	equal "$(cat "$a/cpuset.cpus")" 0
	[ "$(cat "$a/cpu.weight")" -gt 100 ]
	# What the kernel refuses changes nothing of all that.
	fails coracle update --memory 40m --cpuset-cpus 4000 changing
	equal "$(cat "$a/memory.max")" 33554432
	equal "$(coracle inspect --format '{{.HostConfig.Memory}} {{.HostConfig.CpusetCpus}}' changing)" '33554432 0'
	# A restart has them, too, and no limit is a limit again.
	coracle restart -t 0
	a=$(cgroup_of changing)
	equal "$(cat "$a/memory.max")" 33554432
	equal "$(cat "$a/pids.max")" 33
	coracle update --memory-swap -1 --pids-limit -1 changing
	equal "$(cat "$a/memory.swap.max")" max
	equal "$(cat "$a/pids.max")" max
	# It counts for what runs: nothing more can be started.
	coracle update --pids-limit 1 changing
	fails coracle exec -T a sh -c 'sleep 1 & sleep 1 & wait'
}

test_over_its_memory_limit_it_is_killed_and_reported()
{
	project over_its_memory_limit_it_is_killed_and_reported <<-'YAML'
	name: oom
	services:
	  greedy:
	    image: busybox
	    command: ["sh", "-c", "tail /dev/zero"]
	    mem_limit: 16m
	    memswap_limit: 16m
	  neighbour:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	YAML
	coracle up -d
	killed() { [ "$(inspect_of oom-greedy-1 '{{.State.Status}}')" = exited ]; }
	eventually 120 killed
	equal "$(inspect_of oom-greedy-1 '{{.State.OOMKilled}} {{.State.ExitCode}}')" 'true 137'
	equal "$(inspect_of oom-neighbour-1 '{{.State.OOMKilled}} {{.State.Status}}')" 'false running'
}

test_a_restart_policy_works_after_the_oom_killer()
{
	project a_restart_policy_works_after_the_oom_killer <<-'YAML'
	name: again
	services:
	  greedy:
	    image: busybox
	    command: ["sh", "-c", "tail /dev/zero"]
	    mem_limit: 16m
	    memswap_limit: 16m
	    restart: on-failure
	YAML
	coracle up -d
	restarted() { [ "$(inspect_of again-greedy-1 '{{.RestartCount}}')" -ge 1 ]; }
	eventually 120 restarted
	coracle stop -t 0
	equal "$(inspect_of again-greedy-1 '{{.State.Status}}')" exited
}

test_pids_limit_stops_a_fork_bomb()
{
	project pids_limit_stops_a_fork_bomb <<-'YAML'
	name: forks
	services:
	  a:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	    pids_limit: 5
	YAML
	coracle up -d
	local cgroup text
	cgroup=$(cgroup_of forks-a-1)
	text=$(coracle exec -T a sh -c 'for i in 1 2 3 4 5 6 7 8; do sleep 3600 & done' 2>&1 || true)
	grep -q "can't fork" <<<"$text" || { echo "$text" && return 1; }
	[ "$(sed -n 's/^max //p' "$cgroup/pids.events")" -ge 1 ]
	[ "$(cat "$cgroup/pids.current")" -le 5 ]
}

test_cpu_limit_throttles()
{
	project cpu_limit_throttles <<-'YAML'
	name: busy
	services:
	  a:
	    image: busybox
	    command: ["sh", "-c", "while :; do :; done"]
	    stop_signal: SIGKILL
	    cpus: 0.2
	YAML
	coracle up -d
	local cgroup before after
	cgroup=$(cgroup_of busy-a-1)
	before=$(sed -n 's/^usage_usec //p' "$cgroup/cpu.stat")
	sleep 5
	after=$(sed -n 's/^usage_usec //p' "$cgroup/cpu.stat")
	[ $((after - before)) -lt 1600000 ] && [ $((after - before)) -gt 300000 ]
	[ "$(sed -n 's/^nr_throttled //p' "$cgroup/cpu.stat")" -gt 5 ]
}

test_down_leaves_no_cgroup()
{
	project down_leaves_no_cgroup <<-'YAML'
	name: gone
	services:
	  a: {image: busybox, command: sleep 3600, stop_signal: SIGKILL, mem_limit: 32m}
	YAML
	local before
	before=$(find /sys/fs/cgroup -type d | sort)
	coracle up -d
	[ "$(find /sys/fs/cgroup -type d | wc -l)" -gt "$(wc -l <<<"$before")" ]
	coracle down
	equal "$(find /sys/fs/cgroup -type d | sort)" "$before"
}

test_the_production_files_set_the_shop_s_limits()
{
	cp -a "$project/examples/shop" /tmp/the_production_files_set_the_shop_s_limits
	cd /tmp/the_production_files_set_the_shop_s_limits || return 1
	# The same limits on containers that need no real servers.
	sed -i -E 's/^    (image|build): .*/    image: busybox\n    entrypoint: ["sleep", "3600"]\n    command: []/; /^    command: \["redis/d' \
		compose.yaml compose.prod.yaml
	sed -i 's/service_healthy/service_started/' compose.yaml
	coracle -f compose.yaml -f compose.prod.yaml up -d
	equal "$(cat "$(cgroup_of shop-frontend-1)/memory.max")" 268435456
	equal "$(cat "$(cgroup_of shop-frontend-3)/cpu.max")" '50000 100000'
	equal "$(cat "$(cgroup_of shop-api-2)/memory.max")" 536870912
	equal "$(cat "$(cgroup_of shop-api-1)/cpu.max")" '100000 100000'
	equal "$(cat "$(cgroup_of shop-database)/memory.max")" 1073741824
	equal "$(cat "$(cgroup_of shop-database)/cpu.max")" '200000 100000'
	equal "$(cat "$(cgroup_of shop-cache-1)/memory.max")" 134217728
	equal "$(cat "$(cgroup_of shop-cache-1)/cpu.max")" '25000 100000'
}

# What a caller's session has lowered for good, only CAP_SYS_RESOURCE raises again.
test_hard_limits_of_the_caller_decide_nothing()
{
	project hard_limits_of_the_caller_decide_nothing <<-'YAML'
	services:
	  a: {image: busybox, command: sleep 3600, stop_signal: SIGKILL}
	YAML
	(
		ulimit -n 256 -u 500 -s 1024 -f 1000 -l 0 -c 0
		coracle up -d
	)
	local wanted found
	wanted=$'Max open files 1048576 1048576 files\nMax processes unlimited unlimited processes\n'
	wanted+=$'Max stack size 8388608 unlimited bytes\nMax file size unlimited unlimited bytes\n'
	wanted+=$'Max locked memory 8388608 8388608 bytes\nMax core file size unlimited unlimited bytes'
	found=$(coracle exec -T a cat /proc/1/limits | sed -E 's/ +/ /g; s/ $//')
	equal "$(sort <<<"$wanted")" "$(grep -E '^Max (open|proc|stack|file size|locked|core)' <<<"$found" | sort)"
	[ -z "$(coracle system info --format '{{range .Warnings}}{{.}}{{end}}')" ]
	[ "$(coracle info --format '{{.MemoryLimit}} {{.CPUSet}} {{.PidsLimit}}')" = 'true true true' ]
}
