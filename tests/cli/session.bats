#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Who types the command decides nothing: limits, priorities, signals, cgroup and directory of a
# container, its monitor and its keeper are the same from every session.

load helper

file_setup()
{
	cc -std=gnu17 -D_GNU_SOURCE -O2 -static -o "$WORLD/probe" "$tests_dir/payload/probe.c"
}

sleeper()
{
	project "$1" <<-YAML
	services:
	  a:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	    volumes: ["$WORLD/probe:/probe:ro"]
	YAML
}

parent_of()
{
	inside ps -o ppid= -p "$1" | tr -d ' '
}

# What a process has of a session, as text.
# shellcheck disable=SC2016 # expanded inside
traits='
	cd /proc/$1
	tr -s " " <limits
	grep -E "^(SigBlk|SigIgn|Cpus_allowed_list|Umask|Uid|Gid|Groups|Cap|NoNewPrivs|Seccomp|THP_enabled)" status
	echo "nice $(cut -d" " -f19 stat) policy $(cut -d" " -f41 stat) oom $(cat oom_score_adj)"
	cat personality coredump_filter
	read -r slack <timerslack_ns
	echo "slack $slack" "$(ls -l fd | grep -c " /mnt$")"'

traits_of()
{
	inside sh -c "$traits" sh "$1"
}

# Of the container, of a command in it, of the monitor, of the responder and of its keeper.
look()
{
	local monitor
	monitor=$(monitor_of "$1")
	coracle exec -T a nslookup a >&2
	traits_of "$(pid_of "$1")"
	coracle exec -T a sh -c "$traits" sh self
	coracle exec -T a /probe session
	traits_of "$monitor"
	traits_of "$(inside pgrep -P "$monitor" -f coracle-responder)"
	# Keepers keep all signals for themselves.
	traits_of "$(parent_of "$monitor")" | grep -v ^SigBlk
}

# A session that is odd in all that can be undone without CAP_SYS_RESOURCE.
oddly()
{
	# Merged pages: the kernel walks a sanitizer's 16 TiB of shadow, a page at a time, when they are not to be any more.
	local merged='(67, 1), '
	[ "${VARIANT:-release}" = release ] || merged=
	inside prlimit --nofile=100: --stack=1048576: --core=0: --fsize=1073741824: \
		nice -n 7 ionice -c 3 taskset -c 0 setpriv --inh-caps=+net_raw --ambient-caps=+net_raw \
		python3 -c '
import ctypes, os, signal, sys
# timer slack, a subreaper, transparent huge pages, merged pages, early kills of broken memory, the death of a parent,
# securebits (no changes of capabilities with ids)
switches = [(29, 123456), (36, 1), (41, 1), '"$merged"'(33, 1, 1), (1, 15), (28, 4)]
os.umask(0o077)
open("/proc/self/oom_score_adj", "w").write("300")
open("/proc/self/coredump_filter", "w").write("0x1")
for _ in range(60):
    os.set_inheritable(os.open("/mnt", os.O_RDONLY), True)
os.setgroups([4, 5])
call = ctypes.CDLL(None)
call.personality(0x0040000 | 0x0020000)  # ADDR_NO_RANDOMIZE, UNAME26
for row in switches:
    call.prctl(*row, 0, 0, 0)
os.setresgid(1000, 0, 0)
os.setresuid(1000, 0, 0)
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1])
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
signal.signal(signal.SIGUSR2, signal.SIG_IGN)
os.execvp(sys.argv[1], sys.argv[1:])' "$@"
}

@test "limits, priority, memory, ids, capabilities, signals and files are those of no caller" {
	sleeper plain
	expect 0 coracle up -d
	plain=$(look plain-a-1)
	sleeper odd
	expect 0 oddly "$CORACLE" up -d
	[ "$(look odd-a-1)" = "$plain" ] || fail "$(diff <(echo "$plain") <(look odd-a-1))"
	expect 0 oddly "$CORACLE" exec -T a sh -c "$traits" sh self
	is "$(coracle exec -T a sh -c "$traits" sh self)"
	expect 0 oddly "$CORACLE" restart
	[ "$(look odd-a-1)" = "$plain" ]
}

@test "exit codes are told to a caller who ignores its children" {
	sleeper ignored
	expect 7 oddly "$CORACLE" run --rm -T a sh -c 'exit 7'
	expect 0 oddly "$CORACLE" up -d
	expect 9 oddly "$CORACLE" exec -T a sh -c 'exit 9'
}

# shellcheck disable=SC2016 # expanded inside
@test "a caller's cgroup that is killed takes neither container nor monitor nor keeper along" {
	sleeper job
	inside mkdir "$CGROUP_PATH/job"
	expect 0 inside sh -c 'echo 0 >"$1/job/cgroup.procs"; exec "$CORACLE" up -d' sh "$CGROUP_PATH"
	monitor=$(monitor_of job-a-1)
	keeper=$(parent_of "$monitor")
	pid=$(pid_of job-a-1)
	[ -z "$(inside cat "$CGROUP_PATH/job/cgroup.procs")" ]
	# One that adopts does not live in its caller's either.
	inside kill -9 "$keeper" "$monitor"
	expect 0 inside sh -c 'echo 0 >"$1/job/cgroup.procs"; exec "$CORACLE" ps -q' sh "$CGROUP_PATH"
	eventually 5 inside sh -c 'kill -0 "$1"' sh "$(monitor_of job-a-1)"
	[ "$(monitor_of job-a-1)" != "$monitor" ]
	[ -z "$(inside cat "$CGROUP_PATH/job/cgroup.procs")" ]
	[ "$(pid_of job-a-1)" = "$pid" ]
	inside rmdir "$CGROUP_PATH/job"
}

@test "keeper and monitor hold no directory of the caller's" {
	sleeper directory
	expect 0 coracle up -d
	monitor=$(monitor_of directory-a-1)
	for process in "$monitor" "$(parent_of "$monitor")"; do
		[ "$(inside readlink "/proc/$process/cwd")" = / ]
	done
}

# shellcheck disable=SC2016 # expanded inside
@test "nor does what keeps a terminal that nobody looks at" {
	sleeper kept
	expect 0 coracle up -d
	expect 1 on_terminal 'expect:ready' 'send:^X' -- bash -c "$(declare -f oddly)"'
		inside() { "$@"; }
		oddly "$CORACLE" exec --detach-keys ctrl-x a sh -c "echo ready; exec sleep 3600"'
	kept=$(inside pgrep -f 'coracle exec --detach-keys ctrl-x')
	[ "$(inside readlink "/proc/$kept/cwd")" = / ]
	expect 0 inside sh -c "$traits" sh "$kept"
	has 'slack 50000 0'
	lacks $'Groups:\t4'
}

@test "what cannot be taken off is told" {
	expect 0 inside setpriv --no-new-privs "$CORACLE" system info --format '{{json .Warnings}}'
	has 'no_new_privs'
	run inside python3 -c '
import ctypes, os, sys
if ctypes.CDLL(None).prctl(65, 1, 0, 0, 0):
    sys.exit("it came with Linux 6.3")
os.execv(sys.argv[1], sys.argv[1:])' "$CORACLE" system info --format '{{json .Warnings}}'
	matches 'PR_SET_MDWE|6\.3'
}

@test "system info says what containers get, and what the session keeps from them" {
	expect 0 coracle system info
	matches 'Default Ulimits: core=.* nofile=[0-9]+ '
	matches 'Monitor Cgroup: /'
	expect 0 coracle system info --format json
	[ "$(jq -r '.DefaultUlimits.memlock | "\(.Soft) \(.Hard)"' <<<"$output")" = '8388608 8388608' ]
	expect 0 inside setpriv --bounding-set=-sys_resource --inh-caps=-sys_resource \
		prlimit --nofile=256:256 "$CORACLE" system info --format '{{json .Warnings}}'
	has "limit 'nofile' is at most 256"
	has CAP_SYS_RESOURCE
}
