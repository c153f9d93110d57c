# SPDX-License-Identifier: Apache-2.0
# The OCI command line: what is done to a container that runs.
load helper
load oci_helper

running()
{
	bundle "$1" "$(script 'exec sleep 1000')${2:+ | $2}"
	expect_apart 0 oci run --detach --bundle "$BUNDLES/$1" "$1"
}

@test "exec: arguments, environment, directory, user, exit code" {
	running box
	expect 0 oci exec --env A=b --cwd /tmp --user 5:6 box sh -c 'echo $A $(pwd) $(id -u):$(id -g)'
	is "b /tmp 5:6"
	expect 9 oci exec box sh -c 'exit 9'
	expect 0 oci exec box cat <<<"typed"
	is typed
	expect 255 oci exec box
	has_error "needs a command"
	expect 255 oci exec box nothing-of-that-name
	has_error 'exec: "nothing-of-that-name": executable file not found in $PATH'
	expect_apart 0 oci exec --detach --pid-file "$BUNDLES/pid" box sleep 500
	expect 0 inside cat "/proc/$(inside cat "$BUNDLES/pid")/cmdline"
	has sleep
	expect 0 oci ps --format json box
	[ "$(jq length <<<"$output")" = 2 ]
	expect 0 oci ps box
	has "sleep 500"
	expect 0 oci delete --force box
	expect 255 oci exec box true
	has_error "does not exist"
}

@test "exec --process takes all of it from a file" {
	running box
	# shellcheck disable=SC2016 # expanded inside
	inside sh -c 'echo "$1" >/mnt/bundles/process.json' sh '{"args": ["/bin/sh", "-c", "id -u; pwd; echo $X"],
		"cwd": "/etc", "env": ["X=y", "PATH=/bin"], "user": {"uid": 7, "gid": 8}}'
	expect 0 oci exec --process "$BUNDLES/process.json" box
	is $'7\n/etc\ny'
	expect 0 oci delete --force box
}

@test "pause and resume" {
	running box
	expect 0 oci pause box || skip "there is no freezer here"
	status_is box paused
	expect 255 oci exec box true
	has_error "paused"
	expect 1 oci pause box
	expect 0 oci resume box
	status_is box running
	expect 1 oci resume box
	has_error "it is running"
	expect 0 oci pause box
	expect 0 oci delete --force box
}

@test "events --stats has runc's form, list and state tell of all" {
	running box '.annotations = {"com.example.key": "value"}'
	expect 0 oci events --stats box
	[ "$(jq -r '.type, .id, (.data.cpu.usage.total > 0)' <<<"$output" | tr '\n' ' ')" = "stats box true " ]
	expect 0 oci list --format json
	[ "$(jq -r '.[0].id, .[0].status, .[0].annotations["com.example.key"]' <<<"$output" | tr '\n' ' ')" = "box running value " ]
	expect 0 oci list
	has "running"
	expect 0 oci delete --force box
}

@test "a terminal is handed over to who listens at the console socket" {
	bundle tty "$(script 'test -t 0 && tty && stty size') | .process.terminal = true | .process.consoleSize = {height: 33, width: 77}"
	expect 1 oci create --bundle "$BUNDLES/tty" tty
	has_error "--console-socket"
	inside python3 "$tests_dir/payload/console.py" "$BUNDLES/console" >"$BATS_TEST_TMPDIR/out" 3>&- &
	eventually 5 inside test -S "$BUNDLES/console"
	expect_apart 0 oci create --bundle "$BUNDLES/tty" --console-socket "$BUNDLES/console" tty
	expect 0 oci start tty
	wait $!
	grep -q "/dev/pts/0" "$BATS_TEST_TMPDIR/out"
	grep -q "33 77" "$BATS_TEST_TMPDIR/out"
	expect 0 oci delete --force tty
}

@test "run and exec with a terminal have ours" {
	bundle tty "$(script 'read -r line; echo "got $line"; stty size') | .process.terminal = true"
	TERMINAL_SIZE="20 60" expect 0 on_terminal $'send:hello\r' 'expect:got hello' -- \
		"$BATS_FILE_TMPDIR/coracle-oci" --root "$OCI_ROOT" run --bundle "$BUNDLES/tty" tty
	has "got hello"
	has "20 60"
}

@test "events tell again and again, until the end" {
	running box
	oci events --interval 100ms box >"$BATS_TEST_TMPDIR/events" 2>&1 3>&- 4>&- &
	eventually 10 sh -c '[ "$(wc -l <"$1")" -gt 2 ]' sh "$BATS_TEST_TMPDIR/events"
	expect 0 oci kill box KILL
	wait $!
	[ "$(jq -r .type "$BATS_TEST_TMPDIR/events" | sort -u)" = stats ]
	expect 0 oci delete box
	expect 1 oci events --stats box
}

@test "update: from options, from a file, from standard input; what is wrong changes nothing" {
	running box
	expect 1 oci update --memory nonsense box
	has_error "--memory"
	expect 1 oci update --kernel-memory 5 box
	has_error "version 2 of cgroups has no such limit"
	expect 1 oci update --resources - box <<<'[]'
	has_error "not an object"
	expect 1 oci update --resources - box <<<'{"memory": {"limit": "much"}}'
	has_error "linux.resources.memory.limit"
	expect 0 oci update --resources - box <<<'{}'
	if inside grep -qw pids "$CGROUP_PATH/cgroup.controllers"; then
		expect 0 oci update --pids-limit 77 box
		expect 0 inside cat "$CGROUP_PATH/coracle-oci/box/pids.max"
		is 77
		expect 0 oci update --resources - box <<<'{"memory": {"limit": 67108864}}'
		expect 0 inside cat "$CGROUP_PATH/coracle-oci/box/memory.max" "$CGROUP_PATH/coracle-oci/box/pids.max"
		is $'67108864\n77'
	fi
	expect 0 oci delete --force box
}

@test "signals for run are the program's" {
	bundle signalled "$(script 'trap "echo got it; exit 4" TERM; echo ready; while :; do sleep 0.05; done')"
	oci run --bundle "$BUNDLES/signalled" signalled >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- 4>&- &
	eventually 10 grep -q ready "$BATS_TEST_TMPDIR/out"
	inside pkill -TERM -x coracle-oci
	local code=0
	wait $! || code=$?
	[ "$code" = 4 ]
	grep -q "got it" "$BATS_TEST_TMPDIR/out"
	expect 0 oci list -q
	is ""
}

@test "without a mount namespace of its own: a process more is in the same root, and no mount stays" {
	running shared '.linux.namespaces |= map(select(.type != "mount"))'
	expect 0 inside grep -c " $BUNDLES/rootfs/proc " /proc/self/mountinfo
	expect 1 oci exec shared ls -d /bin/busybox "$tests_dir" /proc/1
	is "/bin/busybox"$'\n'"/proc/1"
	has_error "$tests_dir: No such file"
	expect 0 oci delete --force shared
	expect 1 inside grep " $BUNDLES/rootfs" /proc/self/mountinfo
}

@test "a cgroup that is mounted to be written is its user's to divide" {
	local cgroups ids
	cgroups=$(inside sed -n 's/.* \(\/sys\/fs\/cgroup[^ ]*\) .* - cgroup2 .*/\1/p' /proc/self/mountinfo | head -n 1)
	ids='.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 1000}] |
		.linux.gidMappings = .linux.uidMappings | .linux.cgroupsPath = "/divided/box"'
	# shellcheck disable=SC2016
	bundle box "$ids | (.mounts[] | select(.destination == \"/sys/fs/cgroup\").options) -= [\"ro\"] |
		$(script 'cd /sys/fs/cgroup && mkdir first second && echo 1 >first/cgroup.procs && echo divided; sleep 1000')"
	expect_apart 0 oci run -d --bundle "$BUNDLES/box" box
	eventually 10 grep -q divided "$BATS_TEST_TMPDIR/out"
	[ "$(inside stat -c %u "$cgroups"/divided/box{,/cgroup.procs,/cgroup.subtree_control,/cgroup.freeze} | xargs)" = '100000 100000 100000 0' ]
	expect 0 oci exec box cat /proc/self/cgroup
	has '0::/'
	expect 0 oci delete --force box
	# Read-only, and without a cgroup namespace, it is root's.
	bundle box "$ids | $(script 'sleep 1000')"
	expect_apart 0 oci run -d --bundle "$BUNDLES/box" box
	[ "$(inside stat -c %u "$cgroups/divided/box")" = 0 ]
	expect 0 oci delete --force box
}
