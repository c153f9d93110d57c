# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2317
#
# The clock jumps while containers run, and the kernel kills for want of memory again and again.
#
# VM_KILLS: how often it does.

monitor_of()
{
	jq -r .monitor_pid "/run/coracle/containers/$(inspect_of "$1" '{{.Id}}')/state.json"
}

test_the_clock_jumps()
{
	project the_clock_jumps <<-'YAML'
	name: jumps
	services:
	  a:
	    image: busybox
	    command: sh -c 'while :; do echo tick; sleep 1; done'
	    init: true
	    restart: always
	    stop_signal: SIGKILL
	    healthcheck: {test: echo x >>/tmp/probes, interval: 300ms, retries: 100}
	  deaf: {image: busybox, command: "sh -c 'trap : TERM; while :; do sleep 1; done'"}
	YAML
	coracle up -d
	local jump id monitor lines probes
	id=$(inspect_of jumps-a-1 '{{.Id}}')
	monitor=$(monitor_of jumps-a-1)
	lines() { coracle logs --no-log-prefix a | grep -c tick; }
	probes() { coracle exec -T a sh -c 'wc -l </tmp/probes'; }
	more_probes() { [ "$(probes)" -gt "$probes" ]; }
	more_lines() { [ "$(lines)" -gt "$lines" ]; }
	eventually 120 probes
	for jump in '+400 days' '-800 days' '-1 hour' '+30 years' '-29 years'; do
		probes=$(probes) lines=$(lines)
		date -s "$(date -d "$jump" '+%F %T')" >/dev/null
		echo "now it is $(date '+%F %T')"
		eventually 120 more_probes
		eventually 120 more_lines
		equal "$(coracle logs --no-log-prefix --tail 3 a | wc -l)" 3
		equal "$(inspect_of jumps-a-1 '{{.Id}} {{.State.Status}} {{.RestartCount}}')" "$id running 0"
		equal "$(monitor_of jumps-a-1)" "$monitor"
		timeout 120 "$CORACLE" restart -t 1 deaf
		timeout 120 "$CORACLE" system events --since 1h --until 0s >/dev/null
		coracle up -d
		equal "$(inspect_of jumps-a-1 '{{.Id}}')" "$id"
	done
	again() { [ "$(inspect_of jumps-a-1 '{{.RestartCount}}')" = 1 ]; }
	kill -9 "$(inspect_of jumps-a-1 '{{.State.Pid}}')"
	eventually 120 again
	timeout 120 "$CORACLE" down -v -t 1
	coracle system check
}

test_the_kernel_kills_for_want_of_memory()
{
	local kills=${VM_KILLS:-5} monitor descriptors memory
	project the_kernel_kills_for_want_of_memory <<-YAML
	name: kills
	services:
	  greedy:
	    image: busybox
	    command:
	      - sh
	      - -c
	      - mkfifo /tmp/begin; read line </tmp/begin; for i in \$\$(seq $kills); do sh -c 'echo 500 >/proc/self/oom_score_adj; exec tail /dev/zero'; done; read line </tmp/begin
	    # In the long run the kernel takes others, too, when the greedy one is just gone: process 1 only at last.
	    oom_score_adj: -500
	    tmpfs: [/tmp]
	    mem_limit: 12m
	    memswap_limit: 12m
	    healthcheck: {test: "true", interval: 1s, retries: 1000}
	  neighbour: {image: busybox, command: sleep 3600, init: true}
	YAML
	coracle up -d
	# Not before it is there: a file of that name would be in the way of the pipe.
	go_on() { coracle exec -T greedy sh -c '[ -p /tmp/begin ] && echo >/tmp/begin'; }
	descriptors() { find "/proc/$monitor/fd" -mindepth 1 | wc -l; }
	killed() { [ "$(sed -n 's/^oom_kill //p' "$(cgroup_of kills-greedy-1)/memory.events")" -ge "$kills" ]; }
	monitor=$(monitor_of kills-greedy-1)
	descriptors=$(descriptors)
	memory=$(awk '/^VmRSS/ {print $2}' "/proc/$monitor/status")
	eventually 120 go_on
	eventually "$((120 + 40 * kills))" killed
	echo "$kills kills; the monitor: $memory KiB before, $(awk '/^VmRSS/ {print $2}' "/proc/$monitor/status") KiB after"
	equal "$(monitor_of kills-greedy-1)" "$monitor"
	as_before() { [ "$(descriptors)" -le "$((descriptors + 2))" ]; }
	eventually 60 as_before
	equal "$(inspect_of kills-neighbour-1 '{{.State.OOMKilled}} {{.State.Status}}')" 'false running'
	equal "$(inspect_of kills-greedy-1 '{{.State.Status}}')" running
	go_on || true # which ends with the container
	ended() { [ "$(inspect_of kills-greedy-1 '{{.State.Status}}')" = exited ]; }
	eventually 120 ended
	coracle down -t 0
	coracle system check
}
