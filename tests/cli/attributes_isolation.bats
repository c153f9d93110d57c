#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Attributes of a service that say what it may see and use: namespaces, privileges, devices, limits
# of its processes. Limits of cgroup controllers: tests/vm/limits.sh.

load helper
load attributes_helper

namespace()
{
	coracle exec -T "$1" readlink "/proc/self/ns/$2"
}

@test "pid, ipc, uts and cgroup: host, and private" {
	project modes <<-'YAML'
	x-service: &service {image: busybox, command: sleep 3600, stop_signal: SIGKILL}
	services:
	  host: {<<: *service, pid: host, ipc: host, uts: host, cgroup: host}
	  own: {<<: *service, ipc: private, cgroup: private}
	YAML
	expect 0 coracle up -d
	for kind in pid ipc uts cgroup; do
		[ "$(namespace host $kind)" = "$(inside readlink /proc/self/ns/$kind)" ] || fail "$kind: host"
		[ "$(namespace own $kind)" != "$(inside readlink /proc/self/ns/$kind)" ] || fail "$kind: private"
	done
	[ "$(coracle exec -T own cat /proc/self/cgroup | sed -n 's/^0:://p')" = / ]
	[ "$(coracle exec -T host cat /proc/self/cgroup | sed -n 's/^0:://p')" != / ]
}

@test "pid, ipc and network_mode of a service or container" {
	project joined <<-'YAML'
	x-service: &service {image: busybox, command: sleep 3600, stop_signal: SIGKILL}
	services:
	  donor: {<<: *service, ipc: shareable, container_name: the-donor}
	  service: {<<: *service, pid: "service:donor", ipc: "service:donor", network_mode: "service:donor"}
	YAML
	expect 0 coracle up -d
	cat >two.yaml <<-'YAML'
	services:
	  container:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	    pid: "container:the-donor"
	    ipc: "container:the-donor"
	    network_mode: "container:the-donor"
	YAML
	expect 0 coracle -p second -f two.yaml up -d
	for kind in pid ipc net; do
		[ "$(namespace service $kind)" = "$(namespace donor $kind)" ] || fail "service: $kind"
		[ "$(coracle -p second -f two.yaml exec -T container readlink /proc/self/ns/$kind)" = \
			"$(namespace donor $kind)" ] || fail "container: $kind"
	done
	# One /dev/shm, one name.
	coracle exec -T donor touch /dev/shm/seen
	expect 0 coracle exec -T service ls /dev/shm/seen
	[ "$(coracle exec -T service hostname)" = "$(coracle exec -T donor hostname)" ]
	expect 0 coracle -p second -f two.yaml down
}

@test "ipc: none has no /dev/shm, private is not to be joined" {
	service alone 'ipc: none'
	expect 0 coracle up -d
	expect 1 inner sh -c 'grep " /dev/shm " /proc/mounts'
	NO_DOWN=1 project private <<-'YAML'
	services:
	  a: {image: busybox, command: sleep 3600, stop_signal: SIGKILL, ipc: private}
	  b: {image: busybox, command: sleep 3600, stop_signal: SIGKILL, ipc: "service:a"}
	YAML
	expect 1 coracle up -d
	has_error 'shareable'
	expect 0 coracle down
}

@test "cgroup_parent is the parent" {
	service parent 'cgroup_parent: team/blue'
	expect 0 coracle up -d
	expect 0 inside cat "/proc/$(pid_of parent-x-1)/cgroup"
	matches '0::/team/blue/[0-9a-f]{64}'
	coracle down
	inside rmdir "$CGROUP_PATH/team/blue" "$CGROUP_PATH/team" || true
}

@test "cap_drop before cap_add, names in any form" {
	service caps 'cap_drop: [ALL]' 'cap_add: [net_raw, CAP_CHOWN]'
	expect 0 coracle up -d
	expect 0 inner grep -E 'CapEff|CapBnd' /proc/self/status
	is $'CapEff:\t0000000000002001\nCapBnd:\t0000000000002001'
}

@test "privileged: all capabilities, the host's devices, nothing masked, no filter" {
	service all 'privileged: true'
	expect 0 coracle up -d
	expect 0 inner cat /proc/self/status
	# All that the test itself has.
	has "$(inside grep CapBnd /proc/self/status | sed s/CapBnd/CapEff/)"
	matches $'Seccomp:\t0'
	expect 0 inner sh -c 'ls /dev/loop-control && mkdir /tmp/m && mount -t tmpfs none /tmp/m'
	expect 1 inner sh -c 'grep -E " /proc/(kcore|sys) " /proc/mounts'
	expect 0 inner sh -c 'grep " /sys " /proc/mounts'
	matches ' rw,'
}

@test "security_opt: no-new-privileges, seccomp and systempaths, with = and with :" {
	mkdir -p "$BATS_TEST_TMPDIR/opt/profiles"
	cat >"$BATS_TEST_TMPDIR/opt/profiles/no-mkdir.json" <<-'JSON'
	{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
	  {"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 1}]}
	JSON
	project opt <<-'YAML'
	x-service: &service {image: busybox, command: sleep 3600, stop_signal: SIGKILL}
	services:
	  none: {<<: *service}
	  bare: {<<: *service, security_opt: [no-new-privileges]}
	  yes-: {<<: *service, security_opt: ["no-new-privileges:true", "seccomp:profiles/no-mkdir.json"]}
	  no-: {<<: *service, security_opt: ["no-new-privileges=false", seccomp=unconfined, systempaths=unconfined]}
	YAML
	cd / # a relative profile is the project's
	expect 0 coracle -f "$BATS_TEST_TMPDIR/opt/compose.yaml" up -d
	cd "$BATS_TEST_TMPDIR/opt"
	[ "$(coracle exec -T none grep NoNew /proc/self/status)" = $'NoNewPrivs:\t0' ]
	[ "$(coracle exec -T bare grep NoNew /proc/self/status)" = $'NoNewPrivs:\t1' ]
	[ "$(coracle exec -T yes- grep NoNew /proc/self/status)" = $'NoNewPrivs:\t1' ]
	[ "$(coracle exec -T no- grep NoNew /proc/self/status)" = $'NoNewPrivs:\t0' ]
	expect 0 coracle exec -T none mkdir /tmp/new
	expect 1 coracle exec -T yes- mkdir /tmp/new
	has_error 'Operation not permitted'
	expect 0 coracle exec -T none grep -c '^[^ ]* /proc/' /proc/mounts
	expect 1 coracle exec -T no- grep '^[^ ]* /proc/' /proc/mounts
	[ "$(coracle exec -T no- grep 'Seccomp:' /proc/self/status)" = $'Seccomp:\t0' ]
}

@test "security_opt: apparmor and label" {
	service label 'security_opt: ["label=type:svirt_lxc_net_t", "label:disable"]'
	expect 0 coracle up -d
	has_error 'SELinux'
	service armor 'security_opt: ["apparmor=unconfined"]'
	expect 0 coracle up -d
	NO_DOWN=1 service profile 'security_opt: ["apparmor=coracle-has-no-such-profile"]'
	if inside test -e /sys/kernel/security/apparmor; then
		expect 1 coracle up -d
		has_error coracle-has-no-such-profile
	else
		expect 0 coracle up -d
		has_error AppArmor
	fi
	expect 0 coracle down
}

@test "userns_mode: host is what there is, another value is an error" {
	service user 'userns_mode: host'
	expect 0 coracle up -d
	[ "$(namespace x user)" = "$(inside readlink /proc/self/ns/user)" ]
	NO_DOWN=1 service user2 'userns_mode: private'
	expect 1 coracle up -d
	has_error userns_mode
}

@test "devices: a path, another name and rights, a directory; device_cgroup_rules" {
	inside sh -c 'mkdir -p /mnt/devices/deep && mknod /mnt/devices/one c 1 5 && mknod /mnt/devices/deep/two c 1 7'
	project devices <<-'YAML'
	services:
	  x:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	    devices: ["/dev/loop-control", "/dev/loop-control:/dev/other:r", "/mnt/devices:/dev/all:rw", {source: /dev/loop-control, target: /dev/third, permissions: r}]
	    device_cgroup_rules: ["c 1:11 rw", "c 10:* r"]
	YAML
	expect 0 coracle up -d
	expect 0 inner sh -c 'test -c /dev/loop-control && : </dev/other && : </dev/third && test -c /dev/all/one && test -c /dev/all/deep/two'
	expect 0 inner head -c 4 /dev/all/one
	expect 0 inner sh -c 'mknod /tmp/kmsg c 1 11 && : >>/tmp/kmsg' || expect 0 inner true
	expect 0 inner sh -c 'mknod /tmp/fuse c 10 229; echo made'
	run inner sh -c 'mknod /tmp/tty c 4 0 && : >/tmp/tty'
	[ "$status" != 0 ]
	coracle down
	inside rm -r /mnt/devices
}

@test "ulimits: one number, soft and hard, zero, without limit" {
	service limits 'ulimits: {nofile: {soft: 100, hard: 200}, core: 0, nproc: 512, stack: {soft: 1048576, hard: -1}}'
	expect 0 coracle up -d
	expect 0 inner cat /proc/1/limits
	matches 'Max open files +100 +200 '
	matches 'Max core file size +0 +0 '
	matches 'Max processes +512 +512 '
	matches 'Max stack size +1048576 +unlimited '
	# exec has them too.
	expect 0 inner sh -c 'ulimit -n; ulimit -Hn; ulimit -c'
	is $'100\n200\n0'
}

@test "shm_size is the size of /dev/shm" {
	service shm 'shm_size: 16m'
	expect 0 coracle up -d
	expect 0 inner sh -c "df -k /dev/shm | tail -n 1 | awk '{print \$2}'"
	is 16384
}

@test "users of a container listen on every port and ping, unless the file or the host decides" {
	project ports <<-'YAML'
	x-service: &service {image: busybox, command: sleep 3600, stop_signal: SIGKILL, user: "1000", cap_drop: [ALL]}
	services:
	  a: *service
	  none: {<<: *service, network_mode: none}
	  joins: {<<: *service, network_mode: "service:file"}
	  file: {<<: *service, sysctls: ["net/ipv4/ip_unprivileged_port_start=1024", net.ipv4.ping_group_range=7 8]}
	  host: {<<: *service, network_mode: host}
	YAML
	expect 0 coracle up -d
	for service in a none; do
		expect 0 coracle exec -T "$service" sh -c 'cd /proc/sys/net/ipv4; cat ip_unprivileged_port_start ping_group_range'
		is $'0\n0\t2147483647'
	done
	# shellcheck disable=SC2016 # expanded inside
	expect 0 coracle exec -T a sh -c '
		nc -l -p 80 >/dev/null 2>&1 &
		until grep -q ":0050 .* 0A " /proc/net/tcp /proc/net/tcp6; do kill -0 $! || exit 1; done
		kill $!'
	for service in file joins; do
		expect 0 coracle exec -T "$service" sh -c 'cd /proc/sys/net/ipv4; cat ip_unprivileged_port_start ping_group_range'
		is $'1024\n7\t8'
	done
	[ "$(coracle exec -T host cat /proc/sys/net/ipv4/ip_unprivileged_port_start)" = \
		"$(inside cat /proc/sys/net/ipv4/ip_unprivileged_port_start)" ]
}

@test "sysctls of the container's namespaces, as map and list" {
	project sysctls <<-'YAML'
	x-service: &service {image: busybox, command: sleep 3600, stop_signal: SIGKILL}
	services:
	  map: {<<: *service, sysctls: {net.core.somaxconn: 99, kernel.shmmax: 1234567, fs.mqueue.msg_max: 7}}
	  list: {<<: *service, sysctls: ["net.ipv4.ip_local_port_range=2000 3000", "kernel.msgmax=4096"]}
	YAML
	expect 0 coracle up -d
	expect 0 coracle exec -T map cat /proc/sys/net/core/somaxconn /proc/sys/kernel/shmmax /proc/sys/fs/mqueue/msg_max
	is $'99\n1234567\n7'
	expect 0 coracle exec -T list cat /proc/sys/net/ipv4/ip_local_port_range /proc/sys/kernel/msgmax
	is $'2000\t3000\n4096'
	NO_DOWN=1 service host 'network_mode: host' 'sysctls: {net.core.somaxconn: 99}'
	expect 1 coracle up -d
	has_error net.core.somaxconn
	NO_DOWN=1 service global 'sysctls: {vm.swappiness: 1}'
	expect 1 coracle up -d
	has_error vm.swappiness
	expect 0 coracle down
}

@test "oom_score_adj: raised, and lowered where the kernel lets us" {
	project score <<-'YAML'
	services:
	  up: {image: busybox, command: sleep 3600, stop_signal: SIGKILL, oom_score_adj: 500}
	  down: {image: busybox, command: sleep 3600, stop_signal: SIGKILL, oom_score_adj: -500}
	YAML
	expect 0 coracle up -d
	[ "$(coracle exec -T up cat /proc/1/oom_score_adj /proc/self/oom_score_adj)" = $'500\n500' ]
	if [ "$(coracle exec -T down cat /proc/1/oom_score_adj)" != -500 ]; then
		has_error CAP_SYS_RESOURCE
	fi
}

@test "runtime: ours by any of its names, others are refused" {
	service same 'runtime: runc'
	expect 0 coracle up -d
	NO_DOWN=1 service other 'runtime: nvidia'
	expect 1 coracle up -d
	has_error nvidia
}

@test "platform: this machine's is fine, another's is a clear error" {
	service platform "platform: linux/$(uname -m | sed 's/x86_64/amd64/; s/aarch64/arm64/')"
	expect 0 coracle up -d
	NO_DOWN=1 service foreign 'platform: linux/s390x' 'pull_policy: never'
	expect 1 coracle up -d
	has_error linux/s390x
	expect 0 coracle down
}

@test "what cannot be had says so: gpus, storage_opt, credential_spec, isolation" {
	local line
	for line in 'gpus: all' 'storage_opt: {size: 1G}' 'credential_spec: {file: x.json}' 'isolation: hyperv' \
		'use_api_socket: true' 'deploy: {resources: {reservations: {devices: [{capabilities: [gpu]}]}}}'; do
		NO_DOWN=1 service refused "$line"
		expect 1 coracle up -d
		has_error "${line%%[:\{]*}"
		[ -z "$(coracle ps -aq 2>/dev/null)" ]
	done
}
