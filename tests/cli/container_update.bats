#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# container update: restart policy and limits of containers that are there. That the kernel enforces
# limits is tested in tests/vm.

load helper

# A container that ends with the code that is written into /exit.
one()
{
	project one <<-YAML
	services:
	  a:
	    image: busybox
	    command: ["sh", "-c", "while [ ! -e /exit ]; do sleep 0.02; done; code=\$\$(cat /exit); rm /exit; exit \$\$code"]
	    stop_signal: SIGKILL
	    $1
	YAML
	expect 0 coracle up -d
}

leave()
{
	coracle exec -T a sh -c "echo $1 >/exit.new; mv /exit.new /exit"
}

restarted()
{
	[ "$(inspect_of one-a-1 '{{.RestartCount}} {{.State.Status}}')" = "$1 running" ]
}

@test "a restart policy counts from the next end on, and survives the monitor" {
	one
	expect 0 coracle container update --restart always one-a-1
	is one-a-1
	[ "$(inspect_of one-a-1 '{{.HostConfig.RestartPolicy.Name}}')" = always ]
	leave 3
	eventually 5 restarted 1
	inside kill -9 "$(inside jq .monitor_pid "$CORACLE_RUN/containers/$(inspect_of one-a-1 '{{.Id}}')/state.json")"
	leave 3
	eventually 5 restarted 2
	expect 0 coracle update --restart=on-failure:4 one-a-1
	[ "$(inspect_of one-a-1 '{{.HostConfig.RestartPolicy.Name}} {{.HostConfig.RestartPolicy.MaximumRetryCount}}')" = "on-failure 4" ]
	expect 0 coracle update --restart no one-a-1
	leave 5
	eventually 5 state_is one-a-1 exited
	[ "$(inspect_of one-a-1 '{{.State.ExitCode}}')" = 5 ]
}

@test "one that waits to be restarted, or is stopped, is updated too" {
	project one <<-'YAML'
	services:
	  a: {image: busybox, command: "false", deploy: {restart_policy: {condition: any, delay: 1h}}}
	YAML
	expect 0 coracle up -d
	eventually 5 state_is one-a-1 restarting
	expect 0 coracle update --restart unless-stopped --memory 64m --memory-swap 64m one-a-1
	expect 0 coracle stop
	expect 0 coracle update --cpus 0.5 one-a-1
	[ "$(inspect_of one-a-1 '{{.HostConfig.RestartPolicy.Name}} {{.HostConfig.Memory}} {{.HostConfig.MemorySwap}}')" = \
		"unless-stopped 67108864 67108864" ]
}

@test "what goes against the container or itself is refused, and changes nothing" {
	one 'mem_limit: 64m'
	before=$(inspect_of one-a-1 '{{json .HostConfig}}')
	expect 1 coracle update one-a-1
	has_error 'you must provide one or more flags when using this command'
	expect 1 coracle update --memory 200m one-a-1
	has_error 'Memory limit should be smaller than already set memoryswap limit, update the memoryswap at the same time'
	expect 1 coracle update --memory 1m one-a-1
	has_error 'Minimum memory limit allowed is 6MB'
	expect 1 coracle update --memory 64m --memory-swap 32m one-a-1
	has_error 'Minimum memoryswap limit should be larger than memory limit'
	expect 1 coracle update --memory 64m --memory-reservation 128m one-a-1
	has_error 'Minimum memory limit can not be less than memory reservation limit'
	expect 1 coracle update --cpus 1 --cpu-quota 5000 one-a-1
	has_error 'Conflicting options: Nano CPUs and CPU Quota cannot both be set'
	expect 1 coracle update --cpus 1000 one-a-1
	has_error 'range of CPUs is from 0.01 to'
	expect 1 coracle update --cpu-period 10 one-a-1
	has_error 'CPU cfs period can not be less than 1ms'
	expect 1 coracle update --blkio-weight 5 one-a-1
	has_error 'Range of blkio weight is from 10 to 1000'
	expect 1 coracle update --restart sometimes one-a-1
	has_error "invalid restart policy: unknown policy 'sometimes'"
	expect 1 coracle update --restart always:3 one-a-1
	has_error "maximum retry count can only be used with 'on-failure'"
	expect 0 coracle update --kernel-memory 5m one-a-1
	[ "$(grep -c deprecated <<<"$stderr")" = 1 ]
	[ "$(inspect_of one-a-1 '{{json .HostConfig}}')" = "$before" ]
}

@test "several at once: what is there is updated, what is not is said" {
	one
	expect 1 coracle update --pids-limit 100 missing one-a-1
	is one-a-1
	has_error 'missing'
	[ "$(inspect_of one-a-1 '{{.HostConfig.PidsLimit}}')" = 100 ]
	expect 0 coracle system events --since 10m --until 0s --filter container=one-a-1 --filter event=update
	has 'container update'
}

@test "one that is to be removed at its end cannot be restarted" {
	project run <<-'YAML'
	services:
	  a: {image: busybox, command: sleep 3600, stop_signal: SIGKILL}
	YAML
	expect 0 coracle run -d --rm --name once a
	expect 1 coracle update --restart always once
	has_error 'Restart policy cannot be updated because AutoRemove is enabled for the container'
	expect 0 coracle update --restart no once
	expect 0 coracle container rm -f once
}
