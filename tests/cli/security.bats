#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What an attacker tries who is root in a default container or has made its image. The helpers are
# in tests/payload. SECURITY_ROUNDS=1000 makes the races longer.

load helper

rounds=${SECURITY_ROUNDS:-8}

file_setup()
{
	load_image python
	cc -std=gnu17 -D_GNU_SOURCE -O2 -static -o "$WORLD/probe" "$tests_dir/payload/probe.c"
	inside sh -c 'mkdir -p /mnt/canary/dev /mnt/canary/etc
		echo canary >/mnt/canary/file
		echo canary:x:0:0::/:/bin/sh >/mnt/canary/passwd'
	canary >"$WORLD/canary"
}

canary()
{
	inside sh -c 'cd /mnt/canary && find . -printf "%p %y %m %u %s %l\n" | sort && cat file passwd'
}

assert_canary()
{
	canary | diff "$WORLD/canary" - || fail "the canary on the host has changed"
}

# hostile JSON: loads image "hostile", which is busybox and what the JSON adds (hostile_image.py).
hostile()
{
	local status=0
	python3 "$tests_dir/payload/hostile_image.py" "$IMAGE_CACHE/busybox/image.tar" hostile.tar \
		hostile:latest <<<"$1"
	coracle image load -i hostile.tar >load.log 2>&1 || status=$?
	rm hostile.tar
	return "$status"
}

# one_service NAME [LINE...]: service x of "hostile" or $image with these attributes and the probe.
one_service()
{
	local name=$1
	shift
	project "$name" <<-YAML
	services:
	  x:
	    image: ${image:-busybox}
	    command: ${command:-sleep 3600}
	    stop_signal: SIGKILL
	    volumes: ["$WORLD/probe:/probe:ro", $volumes]
	$(printf '    %s\n' "$@")
	YAML
}

inner()
{
	coracle exec -T x "$@"
}

# --- privileges ------------------------------------------------------------------------------------

default_status='CapInh: 0000000000000000
CapPrm: 00000000a80425fb
CapEff: 00000000a80425fb
CapBnd: 00000000a80425fb
CapAmb: 0000000000000000
NoNewPrivs: 0
Seccomp: 2
Seccomp_filters: 1'

status_of()
{
	tr '\t' ' ' | grep -E '^(Cap|NoNew|Sec)'
}

@test "capabilities, groups and filter are the same in the process, exec and health check" {
	command='["/probe", "status"]' one_service state 'group_add: ["55"]'
	coracle up >log 2>&1
	[ "$(sed 's/^x-1 *| //' log | status_of)" = "$default_status" ] || fail "$(cat log)"
	one_service state 'group_add: ["55"]' 'healthcheck: {test: [CMD, /probe, status], interval: 1s}'
	# What the caller has must not come along.
	expect 0 inside setpriv --groups 4242,55 "$CORACLE" up -d --wait
	expect 0 inside setpriv --groups 4242 "$CORACLE" exec -T x /probe status
	[ "$(status_of <<<"$output")" = "$default_status" ]
	matches $'Groups:\t0 55 '
	expect 0 inspect_of state-x-1 '{{json .State.Health.Log}}'
	[ "$(python3 -c 'import json, sys; print(json.load(sys.stdin)[-1]["Output"])' <<<"$output" | status_of)" \
		= "$default_status" ] || fail "$output"
}

@test "another user has no capabilities, and its primary group among its groups" {
	one_service user 'user: "1000:1234"' 'group_add: ["55"]' 'security_opt: [no-new-privileges]'
	expect 0 coracle up -d
	for how in "" "-u 2000:1234"; do
		# shellcheck disable=SC2086 # two words or none
		expect 0 coracle exec -T $how x /probe status
		matches $'CapPrm:\t0000000000000000'
		matches $'CapEff:\t0000000000000000'
		matches $'CapInh:\t0000000000000000'
		matches $'CapAmb:\t0000000000000000'
		matches $'NoNewPrivs:\t1'
		matches $'Seccomp:\t2'
		matches $'Groups:\t.*1234'
	done
}

@test "exec --privileged has all capabilities, inherits none and is filtered all the same" {
	one_service more
	expect 0 coracle up -d
	expect 0 coracle exec -T --privileged x /probe status
	matches $'CapEff:\t000001f'
	matches $'CapInh:\t0000000000000000'
	matches $'CapAmb:\t0000000000000000'
	matches $'Seccomp:\t2'
}

@test "user ids are whole numbers in range or names, never something in between" {
	local passwd='root:x:0:0::/:/bin/sh\n4294967296:x:0:0::/:/bin/sh\n-1:x:0:0::/:/bin/sh\n0x0:x:0:0::/:/bin/sh\n+1:x:0:0::/:/bin/sh\n1 :x:0:0::/:/bin/sh\nbig:x:4294967296:0::/:/bin/sh\nuser:x:1000:1000::/:/bin/sh' user
	hostile "{\"entries\": [{\"path\": \"etc/passwd\", \"mode\": \"644\", \"text\": \"$passwd\"}]}"
	image=hostile one_service ids
	expect 0 coracle up -d
	for user in -1 4294967295 4294967296 99999999999999999999 1: :1 0x0 +1 '1 ' big user: 1:2:3 \
		1:4294967296 1:+0 $'user\nroot' ' 1' 1e1 1:1: $'\u0663'; do
		expect 126 coracle exec -T -u "$user" x id
	done
	expect 0 coracle exec -T -u 2147483648 x id -u
	is 2147483648
	expect 0 coracle exec -T -u 4294967294:4294967294 x id -g
	is 4294967294
	expect 0 coracle exec -T -u user x id -u
	is 1000
	hostile "{\"config\": {\"User\": \"4294967296\"}, \"entries\": [{\"path\": \"etc/passwd\", \"text\": \"$passwd\"}]}"
	expect 1 coracle up -d
	has_error 4294967296
}

@test "the reason of a failed exec is always told" {
	one_service reason
	expect 0 coracle up -d
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		expect 126 coracle exec -T -u 1:4294967296 x true
		has_error "'4294967296' is out of range"
	done
}

@test "an odd passwd or group file is neither read without end nor from the host" {
	local file entry who
	for file in passwd group; do
		who=canary
		[ "$file" = passwd ] || who=7:canary
		for entry in '"type": "fifo"' '"type": "link", "target": "/dev/zero"' \
			'"type": "link", "target": "/mnt/canary/passwd"' \
			'"type": "link", "target": "../../../../../../../mnt/canary/passwd"' \
			'"type": "link", "target": "/proc/self/environ"' \
			'"type": "link", "target": "/proc/1/root/mnt/canary/passwd"' \
			'"type": "char", "major": 1, "minor": 5' '"type": "dir"' '"size": 12000000' \
			'"text": "canary\u0000:x:0:0\n:::::\ncanary"'; do
			hostile "{\"entries\": [{\"path\": \"etc/$file\", $entry}]}"
			image=hostile one_service odd "user: $who"
			CORACLE_TIMEOUT=5 expect 1 coracle up -d
			lacks canary:x
			[[ "$stderr" != *canary:x* ]]
			image=hostile one_service odd 'user: "7"'
			CORACLE_TIMEOUT=5 run coracle up -d
			[ "$status" != 124 ]
			CORACLE_TIMEOUT=5 run coracle exec -T -u "$who" x id
			[ "$status" != 0 ] && [ "$status" != 124 ]
		done
	done
}

# --- the kernel ------------------------------------------------------------------------------------

# Everything that is not EPERM is allowed by the filter (and often fails for another reason).
allowed_calls='chroot ENOENT
clone ok
clone3 ENOSYS
memfd_secret EINVAL
name_to_handle_at ENOENT
personality-ask ok
personality-linux ok
ptrace-own-child ok
socket-inet ok
socket-netlink ok
socket-packet ok
socket-unix ok
unheard-of ENOSYS'

@test "the default filter lets only harmless system calls through" {
	one_service calls
	expect 0 coracle up -d
	expect 0 inner /probe calls
	[ "$(wc -l <<<"$output")" -ge 70 ]
	output=$(grep -v ' EPERM$' <<<"$output" | sed 's/^memfd_secret ENOSYS/memfd_secret EINVAL/' | sort)
	is "$allowed_calls"
}

# What no container needs, by the names that all three ways into an x86-64 kernel know.
refused_calls='acct add_key bpf clock_settime delete_module
fanotify_init finit_module fsconfig fsmount fsopen fspick get_mempolicy init_module io_uring_enter io_uring_register
io_uring_setup ioperm iopl kcmp kexec_load keyctl lookup_dcookie mbind migrate_pages mount mount_setattr move_mount
move_pages open_by_handle_at open_tree perf_event_open pidfd_getfd pivot_root process_madvise
quotactl quotactl_fd reboot request_key set_mempolicy set_mempolicy_home_node setdomainname
sethostname setns settimeofday swapoff swapon syslog sysfs umount2 unshare userfaultfd ustat vhangup socket-38 socket-40'
# What they do need: these are left to the kernel.
passed_calls='adjtimex alarm capget chroot clock_adjtime clone3 fcntl getcwd getpid getpriority getrandom gettid
getuid memfd_create personality process_vm_readv process_vm_writev rseq sched_yield socket-1 socket-2 statfs times
umask uname'

# numbers_of ABI: NAME=NUMBER of all of its calls, as the kernel's headers have them.
numbers_of()
{
	local name number
	cc -E -dM -include "asm/unistd_$1.h" - </dev/null | sed -n 's/^#define __NR_\([a-z0-9_]*\) .*/name \1 __NR_\1/p' >names
	{ echo "#include <asm/unistd_$1.h>"; echo '#define __X32_SYSCALL_BIT 0x40000000'; cat names; } | cc -E -P - |
		while read -r _ name number; do
			echo "$name=$((number))"
		done
}

@test "three ways into the kernel, the same calls refused" {
	[ "$(uname -m)" = x86_64 ] || skip "the other ways are x86-64's"
	local abi way name calls
	one_service ways
	expect 0 coracle up -d
	for abi in 64 x32 32; do
		way=native
		[ "$abi" != 32 ] || way=i386
		numbers_of "$abi" >"numbers.$abi"
		numbers_of "$abi" >numbers
		calls=()
		for name in $refused_calls $passed_calls; do
			calls+=("$name=$(sed -n "s/^${name%-*}=//p" numbers)")
		done
		expect 0 inner /probe by $way "${calls[@]}"
		for name in $refused_calls; do
			echo "$name EPERM"
		done >golden
		diff golden <(head -n "$(wc -l <golden)" <<<"$output") || fail "by $abi"
		output=$(tail -n +$(($(wc -l <golden) + 1)) <<<"$output")
		[ "$(wc -w <<<"$passed_calls")" = "$(wc -l <<<"$output")" ]
		lacks EPERM
		[ ${#calls[@]} -ge 80 ]
	done
}

@test "a privileged container is not filtered" {
	one_service free 'privileged: true'
	expect 0 coracle up -d
	expect 0 inner /probe calls
	lacks EPERM
	expect 0 inner /probe status
	matches $'Seccomp:\t0'
}

@test "only the devices of the list open, whoever makes the nodes" {
	local device
	one_service nodes
	expect 0 coracle up -d
	for device in "c 1 3" "c 1 5" "c 1 7" "c 1 8" "c 1 9" "c 5 0"; do
		# shellcheck disable=SC2086 # three words
		expect 0 inner /probe device $device
		matches '^open (ok|ENXIO)$'
	done
	for device in "c 1 1" "c 1 2" "c 1 4" "c 1 11" "b 7 0" "b 8 0" "b 254 0" "b 259 0" "c 4 0" \
		"c 5 1" "c 10 200" "c 10 229" "c 10 232" "c 10 237" "c 108 0"; do
		# shellcheck disable=SC2086
		expect 0 inner /probe device $device
		is 'open EPERM'
	done
}

@test "the host's kernel interfaces are masked or cannot be written" {
	one_service masks
	expect 0 coracle up -d
	# shellcheck disable=SC2016 # expanded inside
	expect 0 inner sh -c '
		for path in /proc/acpi /proc/asound /proc/interrupts /proc/timer_list /proc/keys \
			/proc/latency_stats /proc/sched_debug /proc/scsi /proc/timer_list \
			/proc/timer_stats /sys/devices/virtual/powercap /sys/firmware \
			/sys/devices/system/cpu/cpu*/thermal_throttle; do
			if [ -d "$path" ]; then
				[ -z "$(ls "$path")" ] || echo "$path shows something"
			elif [ -e "$path" ]; then
				[ "$(stat -c %t:%T "$path")" = 1:3 ] || echo "$path is not masked"
			fi
		done
		for path in /proc/sys/kernel/core_pattern /proc/sys/vm/drop_caches /proc/sysrq-trigger \
			/proc/irq/default_smp_affinity /sys/kernel/mm/ksm/run /sys/power/state \
			/sys/fs/cgroup/cgroup.procs /sys/kernel/uevent_helper; do
			result=$(/probe write "$path")
			case "$result" in
			EROFS | ENOENT | EACCES | EPERM) ;;
			*) echo "$path: $result" ;;
			esac
		done
		mkdir /sys/fs/cgroup/x 2>/dev/null && echo "a cgroup was made"
		grep -v "^[0-9]*:.*:/$" /proc/self/cgroup
		true'
	is ''
}

@test "sysctls cannot leave the container's namespaces" {
	local setting before
	before=$(inside cat /proc/sys/kernel/core_pattern)
	for setting in 'kernel.core_pattern: x' 'kernel.shm_rmid_forced: "1+kernel.core_pattern=x"' \
		'net/../kernel/core_pattern: x' 'net.ipv4.../../kernel/core_pattern: x' \
		'"net.core.somaxconn\nkernel.core_pattern": x' 'net.core.somaxconn: "1\n2"' \
		'kernel.hostname: x' 'vm.overcommit_memory: 1'; do
		one_service sysctl "sysctls: {$setting}"
		expect 1 coracle up -d
	done
	NO_DOWN=1 one_service sysctl-host 'network_mode: host' 'sysctls: {net.core.somaxconn: 77}'
	expect 1 coracle up -d
	[ "$(inside cat /proc/sys/kernel/core_pattern)" = "$before" ]
}

@test "cgroup_parent stays below the root, and what was refused can be removed" {
	local parent
	for parent in ../../system.slice / a/../.. .. coracle/../x ./.; do
		one_service parent "cgroup_parent: $parent"
		expect 1 coracle up -d
		has_error "cgroup_parent '$parent' is not allowed"
		expect 0 coracle down
	done
}

# --- descriptors and neighbours ----------------------------------------------------------------------

@test "a working directory is no way out" {
	local n
	for n in 0 3 7 12; do
		hostile "{\"config\": {\"WorkingDir\": \"/proc/self/fd/$n\"}}"
		image=hostile one_service wd
		expect 1 coracle up -d
	done
	hostile '{"config": {"WorkingDir": "/w/new"}, "entries": [{"path": "w", "type": "link", "target": "/proc/1/root/mnt/canary"}]}'
	expect 1 coracle up -d
	one_service wd
	expect 0 coracle up -d
	for n in 0 1 2 3 4 5 6 7 8 9 10 12 15 20; do
		run ! coracle exec -T -w "/proc/self/fd/$n" x cat ../../../../mnt/canary/file
		has 'cannot enter the working directory'
	done
	assert_canary
}

@test "started out of a chroot, a container's root is all that there is" {
	# A directory, not a mount: with links to everything that a command needs.
	# shellcheck disable=SC2016 # expanded inside
	inside sh -e -c 'mkdir -p /mnt/above/jail/mnt
		cd /mnt/above/jail
		ln -s usr/bin usr/sbin usr/lib usr/lib64 .
		touch outside
		for d in usr etc proc sys dev var run tmp mnt/root mnt/run "$@"; do mkdir -p "./$d" && mount --rbind "/$d" "$d"; done' \
		sh "${project_dir#/}" "${BATS_RUN_TMPDIR#/}"
	one_service jailed
	# shellcheck disable=SC2016 # expanded inside
	jailed() { inside chroot /mnt/above/jail sh -c 'cd "$1" && shift && exec "$@"' sh "$PWD" "$CORACLE" "$@"; }
	expect 0 jailed up -d
	expect 0 jailed exec -T x ls /
	lacks outside
	has bin
	run ! jailed exec -T x ls /mnt/canary /usr/lib/os-release
	expect 0 inside nsenter -t "$(pid_of jailed-x-1)" -m find / -maxdepth 2 -name canary
	is ''
	expect 0 jailed cp x:/etc/passwd -
	expect 0 jailed stop -t 0
	expect 0 jailed cp x:/etc/passwd -
	expect 0 jailed down
	inside sh -c 'awk "\$5 ~ \"^/mnt/above/\" {print \$5}" /proc/self/mountinfo | tac | while read -r m; do umount -l "$m"; done
		rm -r /mnt/above'
}

@test "nothing but 0, 1 and 2 comes along, even from a careless caller" {
	cat >careless.py <<-'PY'
	import os, sys
	for i in range(50):
	    os.dup2(os.open("/mnt/canary", os.O_RDONLY), 10 + i)
	os.execv(sys.argv[1], sys.argv[1:])
	PY
	one_service fds 'healthcheck: {test: "ls /proc/self/fd", interval: 1s}'
	expect 0 inside python3 "$PWD/../careless.py" "$CORACLE" up -d --wait
	# ls has a fourth, for the directory it reads.
	expect 0 inside python3 "$PWD/../careless.py" "$CORACLE" exec -T x ls /proc/self/fd
	is $'0\n1\n2\n3'
	expect 0 inner ls /proc/1/fd
	is $'0\n1\n2'
	expect 0 inspect_of fds-x-1 '{{json .State.Health.Log}}'
	has '"Output":"0\n1\n2\n3\n"'
}

@test "exec hands none of the caller's files into the container" {
	one_service stdio
	expect 0 coracle up -d
	echo original >file
	expect 0 inner sh -c 'echo changed >/proc/self/fd/0; true' <file
	[ "$(cat file)" = original ]
	# shellcheck disable=SC2016 # expanded inside
	expect 0 inner sh -c 'for fd in 0 1 2; do readlink /proc/self/fd/$fd; done' <file
	[ "$(grep -c ^pipe: <<<"$output")" = 3 ] || fail "$output"
	# A directory of the host as stdin.
	run inside sh -c '"$1" exec -T x cat /proc/self/fd/0/mnt/canary/file </' sh "$CORACLE"
	[ "$status" != 0 ]
	lacks canary$'\n'
	# A terminal: characters pushed into it would be typed into the caller's shell.
	run inside python3 "$tests_dir/cli/on_terminal.py" -- "$CORACLE" exec -T x /probe inject
	lacks injected
	[ "$(grep -c ENOTTY <<<"$output")" = 3 ] || fail "$output"
}

@test "what goes through exec's pipes is complete, in order, and ends when it ends" {
	one_service pipes
	expect 0 coracle up -d
	head -c 5000000 /dev/urandom >big
	[ "$(inner cat <big | sha256sum)" = "$(sha256sum <big)" ]
	# shellcheck disable=SC2002 # a pipe on purpose
	[ "$(cat big | inner sha256sum)" = "$(sha256sum <big)" ]
	# shellcheck disable=SC2016 # expanded inside
	[ "$(inner sh -c 'for i in 1 2 3 4; do echo $i; echo $i >&2; done' 2>&1 | tr -d '\n')" = 11223344 ]
	expect 3 inner sh -c 'cat >/dev/null; exit 3' </dev/null
	expect 0 inner sh -c 'exec <&-; echo ignored' <big
	run bash -c 'set -o pipefail; "$@" | head -n 1' bash "$(command -v nsenter)" -t "$WORLD_PID" \
		-m -n -p -C timeout 20 "$CORACLE" -f "$PWD/compose.yaml" exec -T x yes
	[ "$status" = 141 ]
	[ "${lines[0]}" = y ]
}

@test "the host's null device is not the container's" {
	local before
	before=$(inside stat -c '%a %u %g' /dev/null)
	one_service null 'healthcheck: {test: "chmod 600 /proc/self/fd/0; chown 5 /proc/self/fd/0", interval: 1s}'
	expect 0 coracle up -d --wait
	inner sh -c 'chmod 600 /proc/1/fd/0; chown 5 /proc/1/fd/0; chmod 600 /proc/self/fd/0' </dev/null
	expect 0 inside stat -c '%a %u %g' /dev/null
	inside chmod 666 /dev/null
	inside chown 0:0 /dev/null
	is "$before"
	# A container that spoils its own cannot lead exec to something else.
	inner sh -c 'rm /dev/null; mkfifo /dev/null'
	expect 0 inner stat -L -c %t:%T /proc/self/fd/0 </dev/null
	is 1:3
}

@test "our executables are out of reach while processes come and go" {
	local before snoop
	before=$(sha256sum "$CORACLE" "$(dirname "$CORACLE")"/libexec/coracle/*)
	# Each /self starts the next one, like any bomb; the probe's timeout ends them.
	hostile '{"entries": [{"path": "self", "text": "#!/proc/self/exe\n"}]}'
	image=hostile one_service exe 'healthcheck: {test: [CMD, /self], interval: 1s, timeout: 1s, retries: 99}'
	expect 0 coracle up -d
	inner /probe snoop 3 >snoop.log 3>&- &
	snoop=$!
	for _ in $(seq "$rounds"); do
		expect 127 inner /self
		expect 0 inner true
	done
	wait "$snoop"
	grep -q '^looked often, executables 0, directories 0, traced 0, texts 0' snoop.log || fail "$(cat snoop.log)"
	image=hostile one_service exe 'entrypoint: ["/self"]'
	coracle up -d
	eventually 5 state_is exe-x-1 exited
	[ "$(sha256sum "$CORACLE" "$(dirname "$CORACLE")"/libexec/coracle/*)" = "$before" ]
}

@test "even with SYS_PTRACE no neighbour finds the host behind a process that exec starts" {
	local snoop
	one_service trace 'cap_add: [SYS_PTRACE]' 'security_opt: ["seccomp=unconfined"]' \
		'healthcheck: {test: [CMD, "true"], interval: 1s}'
	expect 0 coracle up -d
	inner /probe snoop 3 >snoop.log 3>&- &
	snoop=$!
	for _ in $(seq $((4 * rounds))); do
		expect 0 inner true
	done
	wait "$snoop"
	grep -q 'directories 0, .*, texts 0$' snoop.log || fail "$(head -n 3 snoop.log)"
	! grep -q 'open for writing' snoop.log || fail "$(head -n 3 snoop.log)"
}

# Each kind of start in the pid namespace of x, while something there looks at all that comes.
@test "nor behind a container that shares its processes" {
	local snoop
	one_service share 'cap_add: [SYS_PTRACE]' 'security_opt: ["seccomp=unconfined"]'
	cat >>compose.yaml <<-'YAML'
	  plain: &joined {image: busybox, command: sleep 3600, stop_signal: SIGKILL, pid: "service:x"}
	  user: {<<: *joined, user: "1000:1000", healthcheck: {test: "true", interval: 300ms}}
	  init: {<<: *joined, init: true}
	  tty: {<<: *joined, tty: true, stdin_open: true}
	  hooked:
	    <<: *joined
	    pre_start: [{command: "true"}]
	    post_start: [{command: "true"}]
	YAML
	expect 0 coracle up -d x
	CORACLE_TIMEOUT=7000 coracle exec -T x /probe snoop 7000 >snoop.log 3>&- &
	snoop=$!
	expect 0 coracle up -d
	for _ in $(seq "$rounds"); do
		expect 0 coracle restart -t 0 plain user init tty
		expect 0 coracle exec -T user true
		expect 0 coracle run --rm -T plain true
		expect 0 coracle container run --rm --pid container:share-x-1 busybox true
	done
	expect 0 on_terminal -- "$CORACLE" run --rm plain true
	expect 0 on_terminal -- "$CORACLE" exec plain true
	expect 0 inner killall -TERM probe
	wait "$snoop"
	grep -q '^looked often, .* directories 0, .*, texts 0$' snoop.log || fail "$(head -n 3 snoop.log)"
	! grep -q 'open for writing' snoop.log || fail "$(head -n 3 snoop.log)"
	# They are what they were to be: processes of x's, with a procfs that shows it.
	for service in plain user tty; do
		expect 0 coracle exec -T "$service" sh -c 'tr "\0" " " </proc/1/cmdline; ls -d /proc/sys/kernel'
		is $'sleep 3600 /proc/sys/kernel'
	done
	expect 0 coracle exec -T plain grep ' /proc proc ' /proc/mounts
	matches '^proc /proc proc rw,nosuid,nodev,noexec,relatime'
	expect 0 coracle exec -T plain sh -c '! echo x >/proc/sys/kernel/hostname && stat -c %t:%T /proc/timer_list'
	is 1:3
}

@test "where a filter forbids our helper its work, the command line is hidden all the same" {
	local snoop
	one_service strict
	cat >>compose.yaml <<-'YAML'
	  y: {image: busybox, pid: "service:x", security_opt: ["seccomp=./strict.json"]}
	YAML
	echo '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["setsid"], "action": "SCMP_ACT_ERRNO"}]}' >strict.json
	expect 0 coracle up -d x
	CORACLE_TIMEOUT=7000 coracle exec -T x /probe snoop 7000 >snoop.log 3>&- &
	snoop=$!
	for _ in $(seq "$rounds"); do
		expect 5 coracle run --rm -T -l of-the-host=CORACLE y sh -c 'exit 5'
	done
	expect 0 inner killall -TERM probe
	wait "$snoop"
	grep -q '^looked often, .* directories 0, traced 0, texts 0$' snoop.log || fail "$(head -n 3 snoop.log)"
}

@test "exec and health checks have no keys of the caller's" {
	one_service keys 'security_opt: ["seccomp=unconfined"]' \
		'healthcheck: {test: [CMD, /probe, key], interval: 1s}'
	expect 0 inside "$WORLD/probe" keep "$CORACLE" up -d --wait
	expect 0 inside "$WORLD/probe" keep "$CORACLE" exec -T x /probe key
	is 'no key: ENOKEY'
	[ "$(inspect_of keys-x-1 '{{(index .State.Health.Log 0).Output}}')" = 'no key: ENOKEY' ]
	# The probe finds its own.
	[ "$(inside "$WORLD/probe" keep "$WORLD/probe" key)" = 'the key' ]
}

@test "a container that traces its health checks does not hold up its monitor" {
	one_service hold 'healthcheck: {test: "exit 0", interval: 200ms, timeout: 500ms}'
	expect 0 coracle up -d
	expect 0 coracle exec -d x /probe hold 600
	monitor=$(inside pgrep -f '^coracle-monitor')
	# Zombies of the monitor that it cannot reap.
	eventually 10 inside sh -c "ps -o stat= --ppid $monitor | grep -q Z"
	CORACLE_TIMEOUT=5 expect 0 inner true
	CORACLE_TIMEOUT=5 expect 0 coracle logs
	CORACLE_TIMEOUT=10 expect 0 coracle stop -t 1
}

@test "init: true runs from a place that cannot be written" {
	image=coracle/python command='sleep 3600' one_service init 'init: true'
	expect 0 coracle up -d
	expect 0 inner python3 -c 'import os; print(os.statvfs("/proc/1/exe").f_flag & os.ST_RDONLY)'
	is 1
	expect 0 inner /probe write /proc/1/exe
	matches '^(EROFS|ETXTBSY)$'
}

# --- images ------------------------------------------------------------------------------------------

@test "links of the image at /dev, /proc, /sys and /etc lead nowhere on the host" {
	local path target
	for path in dev proc sys; do
		for target in /mnt/canary/dev ../../../../mnt/canary/dev /nothing; do
			hostile "{\"entries\": [{\"path\": \"$path\", \"type\": \"link\", \"target\": \"$target\"}]}"
			image=hostile one_service links
			expect 1 coracle up -d
			has_error "'/$path' in the image must be a directory"
		done
	done
	for path in dev/null dev/console dev/pts dev/shm sys/fs etc etc/resolv.conf etc/hosts; do
		hostile "{\"entries\": [{\"path\": \".wh.$path\"}, {\"path\": \"$path\", \"type\": \"link\", \"target\": \"/mnt/canary/$path\"}]}" ||
			hostile "{\"entries\": [{\"path\": \"$path\", \"type\": \"link\", \"target\": \"/mnt/canary/$path\"}]}"
		image=hostile one_service links 'tty: true'
		expect 0 coracle up -d
		expect 0 inner stat -c %t:%T /dev/null
		is 1:3
	done
	assert_canary
}

@test "network files of an image may be links to nothing" {
	hostile '{"entries": [
		{"path": "etc/resolv.conf", "type": "link", "target": "../run/systemd/resolve/stub-resolv.conf"},
		{"path": "etc/hosts", "type": "link", "target": "/mnt/canary/file"},
		{"path": "etc/hostname", "type": "link", "target": "/nowhere/name"}]}'
	image=hostile one_service dangling
	expect 0 coracle up -d
	expect 0 inner cat /etc/resolv.conf
	has 127.0.0.11
	expect 0 inner cat /etc/hosts
	has localhost
	assert_canary
}

@test "the host's /proc and /sys may be mounted elsewhere, nothing inside the container's /proc" {
	local target own
	for own in 'pid: host' 'read_only: false'; do
		volumes='"/:/hostfs:ro", "/proc:/hostfs/proc:ro", "/sys:/hostfs/sys:ro", "/proc:/p:ro", "/etc/hostname:/p/version:ro"' \
			one_service agent "$own"
		expect 0 coracle up -d
		# Process 2 of the world is not one of a container with processes of its own.
		expect 0 inner sh -c 'cat /hostfs/proc/1/comm /hostfs/proc/uptime; ls -d /hostfs/sys/class/net'
		matches "^$(inside cat /proc/1/comm)"
		expect 0 inner cat /p/version
		is "$(cat /etc/hostname)"
		expect 0 coracle down
		hostile '{"entries": [{"path": "sly", "type": "link", "target": "/proc/self"}]}'
		for target in /proc/self/attr /proc/sys/kernel /proc /sly/attr /hostfs/../proc/self /sly; do
			volumes="\"/:/hostfs:ro\", \"/proc:/hostfs/proc:ro\", \"/etc:$target\"" image=hostile \
				one_service covers "$own"
			expect 1 coracle up -d
			has_error 'nothing may be mounted'
			expect 0 coracle down
		done
	done
}

@test "volumes of an image cover neither /proc nor anything of the host" {
	local path
	for path in /proc /proc/self/attr /proc/sys; do
		hostile "{\"config\": {\"Volumes\": {\"$path\": {}}}}"
		image=hostile one_service covers
		expect 1 coracle up -d
		has_error 'nothing may be mounted'
		expect 0 coracle down -v
	done
	hostile '{"config": {"Volumes": {"/../../mnt/canary": {}, "/v": {}, "/dev": {}, "/": {}, "": {}}}, "entries": [
		{"path": "v", "type": "link", "target": "/mnt/canary/etc"}]}'
	image=hostile one_service covers
	expect 0 coracle up -d
	expect 0 inner sh -c 'echo x >/v/file; echo x >/mnt/canary/new; cat /mnt/canary/file 2>/dev/null || true'
	is ''
	assert_canary
	expect 0 coracle down -v
}

@test "what an image says is data: no variable of the host, no foreign project" {
	project victim <<-'YAML'
	services:
	  v: {image: busybox, command: sleep 3600, stop_signal: SIGKILL}
	YAML
	expect 0 coracle up -d
	hostile '{"config": {
		"Env": ["THE_TOKEN*", "THE_TOKEN", "PATH", "=x", "", "A\nTHE_TOKEN", "OK=1"],
		"Labels": {"com.docker.compose.project": "victim", "com.docker.compose.service": "v", "org.coracle.init": "true"},
		"Healthcheck": {"Test": ["CMD-SHELL", "env"], "Interval": 1000000000}}}'
	image=hostile one_service data
	export THE_TOKEN=0123456789abcdef0123456789abcdef
	expect 0 coracle up -d --wait
	expect 0 inner env
	has OK=1
	lacks "$THE_TOKEN"
	expect 0 coracle inspect data-x-1
	lacks "$THE_TOKEN"
	expect 0 inside sh -c 'for m in $(pgrep -f "^coracle-monitor"); do tr "\0" "\n" </proc/$m/environ; done'
	lacks "$THE_TOKEN"
	unset THE_TOKEN
	expect 0 coracle -p victim ps -a --format '{{.Name}}'
	is victim-v-1
	cd ../victim
	expect 0 coracle down
	expect 0 inspect_of data-x-1 '{{.State.Status}}'
	is running
}

@test "no program of an image runs on the host's side" {
	local entries='' name
	for name in xz gzip unpigz zstd nsenter tar git nft ip iptables modprobe ldconfig mount sh.real; do
		entries+="{\"path\": \"usr/bin/$name\", \"text\": \"#!/bin/sh\\necho \$0 >>/trojan\\nenv >>/trojan\\n\"},"
	done
	hostile "{\"entries\": [$entries {\"path\": \"etc/ld.so.preload\", \"text\": \"/usr/lib/evil.so\n\"},
		{\"path\": \"etc/nsswitch.conf\", \"text\": \"passwd: evil\n\"}]}"
	image=hostile one_service trojan 'user: root' 'healthcheck: {test: "true", interval: 1s}' 'ports: ["7070"]'
	expect 0 coracle up -d --wait
	expect 0 coracle top
	expect 0 coracle ps
	expect 0 coracle logs
	expect 0 coracle exec -T -u root x ls /
	lacks trojan
	expect 0 coracle restart
	expect 0 inner ls /
	lacks trojan
}

# --- volumes, secrets, files ---------------------------------------------------------------------------

@test "mount targets in a volume that a neighbour turns round stay in their places" {
	local started=0
	project race <<-YAML
	services:
	  evil:
	    image: busybox
	    command:
	      - sh
	      - -c
	      - |
	        mkdir -p /v/dir/deep /v/sub/x /v/dev /v/z
	        ln -sfn / /v/root; ln -sfn /mnt/canary /v/canary; ln -sfn /mnt/canary/dev /v/devs
	        ln -sfn /proc/1/root /v/magic
	        touch /v/ready
	        /probe swap /v/dir /v/root 600 &
	        /probe swap /v/sub /v/canary 600 &
	        /probe swap /v/z /v/magic 600 &
	        /probe swap /v/dev /v/devs 600
	    stop_signal: SIGKILL
	    volumes: ["v:/v", "$WORLD/probe:/probe:ro"]
	  b:
	    image: busybox
	    command: [sh, -c, "cut -d' ' -f4,5 /proc/self/mountinfo >/out/mounts; sleep 600"]
	    stop_signal: SIGKILL
	    working_dir: /v/dir/deep/new
	    devices: ["/dev/null:/v/dev/mine", "/dev/zero:/v/z/zero"]
	    tmpfs: ["/v/z/tmp"]
	    volumes: ["v:/v", "t:/v/dir/deep", "./out:/out"]
	    configs: [{source: c, target: /v/sub/conf}]
	  s:
	    image: busybox
	    command: [sh, -c, "ls /p >/out/listing; cat /p/mnt/canary/file /p/file >>/out/listing; sleep 600"]
	    stop_signal: SIGKILL
	    volumes: ["./out:/out", {type: volume, source: v, target: /p, volume: {subpath: dir}}]
	volumes: {v: , t: }
	configs: {c: {content: hello}}
	YAML
	mkdir out
	expect 0 coracle up -d evil
	eventually 5 coracle exec -T evil test -e /v/ready
	for _ in $(seq "$rounds"); do
		rm -f out/*
		coracle up -d --no-deps --force-recreate b s >up.log 2>&1 || true
		[ ! -e out/mounts ] || started=$((started + 1))
		# Roots of all mounts: ours below RUN and ROOT, this directory, and whole file systems.
		run ! grep -vsE '^(/|/null|/bus|/fs|/irq|/sys|/sysrq-trigger|/root/volumes/race_[vt]/_data|/root/containers/[0-9a-f]{64}/host(name|s)|/root/containers/[0-9a-f]{64}/resolv.conf|/0|/mine|.*/race/out|.*/world/probe) ' out/mounts
		run ! grep -s canary out/listing
	done
	assert_canary
	[ "$(inside stat -c '%a %u' /dev/null /etc/shadow | tr '\n' ' ')" = '666 0 640 0 ' ]
	coracle down -v --timeout 0
}

@test "a secret is not written through a link that the container left behind" {
	THE_PASSWORD=0123456789abcdeffedcba9876543210
	project leave <<-'YAML'
	services:
	  x:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	    volumes: ["v:/v"]
	    secrets: [{source: password, target: /v/dir/password}]
	volumes:
	  v:
	secrets:
	  password: {environment: THE_PASSWORD}
	YAML
	export THE_PASSWORD
	expect 0 coracle up -d
	expect 0 inner sh -c 'umount /v/dir/password 2>/dev/null; rm -rf /v/dir 2>/dev/null; mv /v/dir /v/old; ln -s /v/leak /v/dir; mkdir /v/leak'
	expect 0 coracle restart
	expect 1 inside grep -rql "$THE_PASSWORD" "$CORACLE_ROOT/volumes"
	unset THE_PASSWORD
	expect 0 coracle down -v
}

@test "a crash leaves no core with secrets in it" {
	export THE_PASSWORD=0123456789abcdeffedcba9876543210
	project core <<-'YAML'
	services:
	  x:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	    secrets: [password]
	secrets:
	  password: {environment: THE_PASSWORD}
	YAML
	expect 0 coracle up -d
	cat >crash.py <<-'PY'
	import os, resource, signal, sys, time
	resource.setrlimit(resource.RLIMIT_CORE, (resource.getrlimit(resource.RLIMIT_CORE)[1],) * 2)
	pid = os.fork()
	if pid == 0:
	    os.execv(sys.argv[1], [sys.argv[1], "logs", "-f"])
	time.sleep(0.3)
	os.kill(pid, signal.SIGABRT)
	_, status = os.waitpid(pid, 0)
	print("core" if os.WCOREDUMP(status) else "none", os.WTERMSIG(status))
	PY
	expect 0 inside python3 crash.py "$CORACLE"
	is 'none 6'
	unset THE_PASSWORD
}

@test "what belongs to root is for root only, whatever the umask" {
	local root=/mnt/umask
	one_service modes
	(
		umask 000
		inside env CORACLE_ROOT=$root/root CORACLE_RUN=$root/run "$CORACLE" image load \
			-i "$IMAGE_CACHE/busybox/image.tar"
		inside env CORACLE_ROOT=$root/root CORACLE_RUN=$root/run "$CORACLE" up -d
	) >up.log 2>&1
	run inside setpriv --reuid 65534 --regid 65534 --clear-groups \
		sh -c "find $root/root $root/run -mindepth 2 -readable 2>/dev/null"
	is ''
	expect 0 inside sh -c "find $root/root $root/run -maxdepth 1 -mindepth 1 -type d -perm /077"
	is ''
	expect 0 inside sh -c "find $root/root/containers $root/run/containers -type f -perm /022 ! -path '*/upper/*'"
	is ''
	inside env CORACLE_ROOT=$root/root CORACLE_RUN=$root/run "$CORACLE" down --timeout 0
	inside rm -rf $root
}

@test "directories that others could change are refused, an empty one is made ours" {
	local way=/mnt/ways
	in_way()
	{
		expect "$1" inside env CORACLE_ROOT="$2" CORACLE_RUN="$3" "$CORACLE" container ls -q
	}
	inside mkdir -p -m 755 "$way/theirs" "$way/open/full" "$way/fresh"
	inside chown 1000 "$way/theirs"
	inside chmod 1777 "$way/open" "$way/fresh"
	in_way 1 "$way/theirs" "$way/run"
	has_error "'$way/theirs' belongs to user 1000"
	in_way 1 "$way/root" "$way/theirs"
	has_error "'$way/theirs' belongs to user 1000"
	in_way 1 "$way/open" "$way/run"
	has_error "others than root may write to '$way/open' (mode 1777)"
	in_way 1 "$way/root" "$way/open"
	has_error "'chmod 0700 $way/open'"
	in_way 0 "$way/fresh" "$way/run"
	[ "$(inside stat -c %a "$way/fresh")" = 700 ]
	inside rm -rf "$way"
}

@test "a description that is another container's is damage, and down ends what it is about" {
	local id other
	project swapped <<-YAML
	services:
	  a: {image: busybox, command: sleep 3711, stop_signal: SIGKILL}
	  b: {image: busybox, command: sleep 3711, stop_signal: SIGKILL}
	YAML
	expect 0 coracle up -d
	id=$(inspect_of swapped-a-1 '{{.Id}}')
	other=$(inspect_of swapped-b-1 '{{.Id}}')
	inside sed -i "s/$id/$other/" "$CORACLE_ROOT/containers/$id/container.json"
	expect 0 coracle system check
	has 'its description is damaged: its monitor has written it again'
	[ "$(inspect_of swapped-a-1 '{{.Id}}')" = "$id" ]
	inside sed -i "s/$id/$other/" "$CORACLE_ROOT/containers/$id/container.json"
	expect 0 coracle down -t 0
	[ -z "$(inside find "$CORACLE_ROOT/containers" -maxdepth 1 -name '[0-9a-f]*[0-9a-f]' -type d -name '????????????*')" ]
	[ -z "$(inside pgrep -fx 'sleep 3711')" ]
}

@test "a container on the host's network finds no socket of ours" {
	one_service host 'network_mode: host'
	expect 0 coracle up -d
	expect 0 inner sh -c 'grep -c "@.*coracle" /proc/net/unix; true'
	is 0
	expect 0 inside find "$CORACLE_RUN/containers" -name control
	[ -n "$output" ]
	for path in $output; do
		expect 1 inner test -e "$path"
		run inside setpriv --reuid 65534 --clear-groups --regid 65534 python3 -c \
			'import socket, sys; socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET).connect(sys.argv[1])' "$path"
		[ "$status" != 0 ]
		has 'Permission denied'
	done
}

@test "names that are paths or options are refused everywhere" {
	local name
	for name in ../x /x .. -x 'a/b' 'a b' $'a\nb' "$(printf 'n%.0s' {1..300})" 'é'; do
		printf 'services:\n  x: {image: busybox, container_name: "%s"}\n' "${name/$'\n'/\\n}" >compose.yaml
		expect 1 coracle create
		printf 'services:\n  x: {image: busybox, volumes: ["v:/v"]}\nvolumes: {v: {name: "%s"}}\n' "${name/$'\n'/\\n}" >compose.yaml
		expect 1 coracle create
		printf 'services:\n  x: {image: busybox}\nnetworks: {default: {name: "%s"}}\n' "${name/$'\n'/\\n}" >compose.yaml
		expect 1 coracle create
		printf 'services:\n  x: {image: busybox}\n' >compose.yaml
		run coracle -p "$name" create
		[ "$status" != 0 ]
		run coracle volume create -- "$name"
		[ "$status" != 0 ]
		run coracle inspect -- "$name"
		[ "$status" != 0 ]
	done
	expect 0 coracle ps -a -q
	is ''
}

@test "control characters of a container reach no table and no message" {
	local escape=$'\e]0;TITLE'
	project escapes <<-'YAML'
	services:
	  a:
	    image: busybox
	    command: [sh, -c, "printf '\\033]0;TITLE\\007line\\n'; sleep 3600", "\e]0;TITLE\a"]
	    stop_signal: SIGKILL
	    labels: {note: "\e]0;TITLE\a"}
	    healthcheck: {test: "printf '\\033]0;TITLE\\007'; exit 1", interval: 1s, retries: 1}
	YAML
	expect 0 coracle up -d
	eventually 5 health_is escapes-a-1 unhealthy
	for arguments in "ps -a --no-trunc" "ps --format {{.Command}}{{.Labels}}" "logs" "top" \
		"inspect escapes-a-1" "container ls --no-trunc" "exec -T a x$escape" "up -d no$escape" \
		"rm -f $escape" "config"; do
		# shellcheck disable=SC2086 # several words
		run inside python3 "$tests_dir/cli/on_terminal.py" -- "$CORACLE" $arguments
		lacks $'\e]'
		lacks $'\a'
	done
}
