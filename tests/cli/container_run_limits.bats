#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# container run: limits, rights, devices and namespaces.

load helper

run_here()
{
	coracle container run --rm "$@"
}

# A file of the container's cgroup.
limit()
{
	local file=$1
	shift
	run_here "$@" busybox cat "/sys/fs/cgroup/$file"
}

has_controller()
{
	inside grep -qw "$1" "$CGROUP_PATH/cgroup.controllers"
}

@test "limits are there, as far as this kernel has controllers, and Docker's checks" {
	if has_controller memory; then
		expect 0 limit memory.max -m 64m
		is 67108864
	fi
	if has_controller cpu; then
		expect 0 limit cpu.max --cpus 0.5
		is '50000 100000'
		expect 0 limit cpu.max --cpu-period 50000 --cpu-quota 10000
		is '10000 50000'
	fi
	if has_controller pids; then
		expect 0 limit pids.max --pids-limit 77
		is 77
	fi
	expect 0 coracle container create --name c -m 64m --memory-swap 128m --memory-reservation 32m --cpus 0.5 \
		--cpu-shares 512 --cpuset-cpus 0 --pids-limit 9 --blkio-weight 300 busybox
	expect 0 coracle container inspect -f \
		'{{with .HostConfig}}{{.Memory}} {{.MemorySwap}} {{.MemoryReservation}} {{.NanoCpus}} {{.CpuShares}} {{.CpusetCpus}} {{.PidsLimit}} {{.BlkioWeight}}{{end}}' c
	is '67108864 134217728 33554432 500000000 512 0 9 300'
	coracle container rm c
	expect 125 run_here -m 1m busybox true
	has_error 'Minimum memory limit allowed is 6MB'
	expect 125 run_here -m 64m --memory-swap 32m busybox true
	has_error 'Minimum memoryswap limit should be larger than memory limit'
	expect 125 run_here --memory-swap 64m busybox true
	has_error 'You should always set the Memory limit when using Memoryswap limit'
	expect 125 run_here --cpus 4096 busybox true
	has_error 'range of CPUs is from 0.01 to'
	expect 125 run_here --cpuset-cpus x busybox true
	has_error 'Invalid value x for cpuset cpus'
}

@test "what no kernel has any more is a warning, as Docker's" {
	expect 0 run_here --memory-swappiness 10 --oom-kill-disable --kernel-memory 64m busybox true
	has_error 'Memory swappiness discarded'
	has_error 'OomKillDisable discarded'
	has_error 'kernel-memory has been deprecated'
	expect 125 run_here --memory-swappiness 101 busybox true
	has_error 'Valid memory swappiness range is 0-100'
}

@test "--ulimit, --sysctl, --oom-score-adj, --group-add and --init" {
	expect 0 run_here --ulimit nofile=100:200 --ulimit core=0 busybox \
		sh -c 'ulimit -n; ulimit -Hn; ulimit -c'
	is $'100\n200\n0'
	expect 0 run_here --sysctl net.ipv4.ip_forward=1 --sysctl kernel.msgmax=9000 busybox \
		cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/msgmax
	is $'1\n9000'
	expect 0 run_here --oom-score-adj 321 busybox cat /proc/self/oom_score_adj
	is 321
	expect 0 run_here --group-add 4321 busybox id -G
	has 4321
	expect 0 run_here --init busybox sh -c 'echo $$; cat /proc/1/comm'
	lacks $'1\nsh'
	expect 125 run_here --ulimit odd=1 busybox true
	has_error "there is no limit 'odd'"
	expect 125 run_here --sysctl odd busybox true
	has_error "sysctl 'odd' is not allowed"
}

@test "capabilities, privileged, security options" {
	expect 0 run_here --cap-drop ALL --cap-add NET_ADMIN busybox grep CapEff /proc/self/status
	has 0000000000001000
	expect 0 run_here --privileged busybox grep CapEff /proc/self/status
	lacks 00000000a80425fb
	expect 0 run_here --security-opt no-new-privileges busybox grep NoNewPrivs /proc/self/status
	has 1
	expect 0 run_here --security-opt seccomp=unconfined busybox grep Seccomp: /proc/self/status
	matches 'Seccomp:.0'
	expect 0 run_here --security-opt systempaths=unconfined busybox \
		sh -c 'grep -c " /proc/sys " /proc/self/mountinfo || true'
	is 0
	expect 125 run_here --security-opt odd=1 busybox true
	has_error "unknown option 'odd=1'"
	expect 125 run_here --security-opt seccomp=missing.json busybox true
	has_error missing.json
}

@test "devices and rules for them" {
	expect 0 run_here --device /dev/kmsg:/dev/mine:r busybox sh -c 'test -c /dev/mine; ! echo >/dev/mine 2>/dev/null'
	expect 0 run_here --device /dev/full:rw busybox test -c /dev/full
	expect 0 run_here --device-cgroup-rule 'c 10:229 r' busybox sh -c 'mknod /dev/x c 10 229; : </dev/x'
	expect 1 run_here busybox sh -c 'mknod /dev/x c 10 229; : </dev/x'
	expect 125 run_here --device /dev/null:/x:odd busybox true
	has_error 'bad mode specified: odd'
	expect 125 run_here --device-cgroup-rule odd busybox true
	has_error "invalid device cgroup format 'odd'"
	expect 125 run_here --device-read-bps /etc/passwd:1m busybox true
	has_error 'bad format for device path'
}

@test "namespaces of the host and of other containers" {
	coracle container run -d --name donor --ipc shareable busybox sleep 100
	expect 0 run_here --pid container:donor busybox sh -c 'cat /proc/1/cmdline | tr "\0" " "'
	is 'sleep 100 '
	expect 0 run_here --ipc container:donor busybox readlink /proc/self/ns/ipc
	is "$(coracle container exec donor readlink /proc/self/ns/ipc)"
	coracle container rm -f donor
	for kind in pid uts ipc; do
		expect 0 run_here --$kind host busybox readlink /proc/self/ns/$kind
		is "$(inside readlink /proc/self/ns/$kind)"
	done
	expect 0 run_here --cgroupns host busybox readlink /proc/self/ns/cgroup
	is "$(inside readlink /proc/self/ns/cgroup)"
	expect 0 run_here --cgroupns private --userns host busybox true
	expect 125 run_here --pid odd busybox true
	has_error '--pid: invalid PID mode'
	expect 125 run_here --uts odd busybox true
	has_error '--uts: invalid UTS mode'
	expect 125 run_here --userns odd busybox true
	has_error '--userns: invalid USER mode'
	expect 125 run_here --uts host -h name busybox true
	has_error 'conflicting options: hostname and the UTS mode'
	expect 125 run_here --pid container:nobody busybox true
	has_error nobody
}

@test "what cannot be had is refused, and what is there anyway accepted" {
	expect 125 run_here --gpus all busybox true
	has_error 'could not select device driver "" with capabilities: [[gpu]]'
	expect 125 run_here --runtime kata busybox true
	has_error 'unknown or invalid runtime name: kata'
	expect 125 run_here --storage-opt size=1G busybox true
	has_error '--storage-opt'
	expect 125 run_here --isolation hyperv busybox true
	has_error "linux only supports 'default'"
	expect 125 run_here --log-driver gelfish busybox true
	has_error "no log driver named 'gelfish'"
	expect 0 run_here --runtime runc --isolation default --disable-content-trust busybox true
	expect 0 run_here --runtime io.containerd.runc.v2 busybox true
}
