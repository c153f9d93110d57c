# SPDX-License-Identifier: Apache-2.0
# The OCI command line: from create to delete.
load helper
load oci_helper

@test "create, start, state, kill, delete" {
	bundle web "$(script 'echo began; exec sleep 1000')"
	expect_apart 0 oci create --bundle "$BUNDLES/web" --pid-file "$BUNDLES/pid" web
	expect 0 oci state web
	[ "$(jq -r '.id, .status, .bundle, .rootfs, .ociVersion, .owner' <<<"$output" | tr '\n' ' ')" = \
		"web created $BUNDLES/web $BUNDLES/rootfs 1.2.0 root " ]
	[ "$(jq .pid <<<"$output")" = "$(inside cat "$BUNDLES/pid")" ]
	# Nothing of ours is resident: the process itself waits, without our memory.
	expect 0 inside readlink "/proc/$(inside cat "$BUNDLES/pid")/exe"
	has memfd:coracle-trampoline
	expect 1 inside pgrep -x coracle-oci

	expect 0 oci start web
	eventually 5 status_is web running
	expect 1 oci start web
	has_error "it is running, not created"
	expect 1 oci delete web
	has_error "not stopped: running"
	expect 0 oci kill web KILL
	eventually 5 status_is web stopped
	[ "$(oci state web | jq .pid)" = 0 ]
	expect 1 oci kill web KILL
	has_error "container not running"
	expect 1 oci start web
	has_error "it is stopped"
	expect 0 oci delete web
	expect 1 oci state web
	has_error "container 'web' does not exist"
	expect 1 oci delete web
	expect 0 oci delete --force web
}

@test "the program's output goes where create's went, and a name is taken once" {
	bundle said "$(script 'echo to stdout; echo to stderr >&2; exit 3')"
	expect_apart 0 oci create --bundle "$BUNDLES/said" said
	expect 1 oci create --bundle "$BUNDLES/said" said
	has_error "container 'said' already exists"
	[ ! -s "$BATS_TEST_TMPDIR/out" ]
	expect 0 oci start said
	eventually 5 status_is said stopped
	[ "$(cat "$BATS_TEST_TMPDIR/out")" = "to stdout" ]
	[ "$(cat "$BATS_TEST_TMPDIR/err")" = "to stderr" ]
	expect 0 oci delete said
}

@test "run has the program's exit code, and leaves nothing" {
	bundle ends "$(script 'cat; exit 42')"
	expect 42 oci run --bundle "$BUNDLES/ends" ends <<<"from outside"
	is "from outside"
	bundle ends '.process.args = ["/bin/sh", "-c", "sh -c \"kill -9 \\$\\$\"; exit $?"]'
	expect 137 oci run --bundle "$BUNDLES/ends" ends
	expect 0 oci list -q
	is ""
	expect 137 oci run --keep --bundle "$BUNDLES/ends" kept
	expect 0 oci list -q
	is "kept"
	status_is kept stopped
	expect 0 oci delete kept
	expect_apart 0 oci run --detach --pid-file "$BUNDLES/pid" --bundle "$BUNDLES/ends" away
	expect 0 oci delete --force away
}

@test "what cannot be executed is said at create, and leaves nothing" {
	bundle missing '.process.args = ["nothing-of-that-name"]'
	expect 1 oci create --bundle "$BUNDLES/missing" missing
	has_error 'exec: "nothing-of-that-name": executable file not found in $PATH'
	bundle missing '.process.args = ["/etc"]'
	expect 1 oci run --bundle "$BUNDLES/missing" missing
	has_error 'exec: "/etc": is a directory: permission denied'
	bundle missing '.process.args = ["/etc/passwd"]'
	expect 1 oci run --bundle "$BUNDLES/missing" missing
	has_error 'permission denied'
	expect 0 oci list -q
	is ""
}

@test "a start that fails has stopped the container when it says so" {
	local i
	bundle bad '.process.args = ["/bad"]'
	inside sh -c 'printf "#!/not/there\n" >"$1/bad" && chmod +x "$1/bad"' sh "$BUNDLES/rootfs"
	for i in $(seq 20); do
		expect_apart 0 oci create --bundle "$BUNDLES/bad" bad
		# shellcheck disable=SC2016 # expanded inside: no time may pass between the two
		expect 0 inside sh -c '"$@" start bad || "$@" delete bad' sh "$BATS_FILE_TMPDIR/coracle-oci" --root "$OCI_ROOT"
		has_error "cannot execute the program: no such file or directory"
	done
}

@test "a root below another one is no container of that" {
	bundle nested "$(script 'exec sleep 1000')"
	below()
	{
		inside "$BATS_FILE_TMPDIR/coracle-oci" --root "$OCI_ROOT/below" "$@"
	}
	expect_apart 0 below run --detach --bundle "$BUNDLES/nested" nested
	expect 0 oci list -q
	is ""
	expect 0 oci delete --force below
	expect 1 oci delete below
	has_error "does not exist"
	expect 0 below delete --force nested
}

@test "later changes of the bundle have no effect" {
	bundle fixed "$(script 'echo first')"
	expect_apart 0 oci create --bundle "$BUNDLES/fixed" fixed
	bundle fixed "$(script 'echo second')"
	expect 0 oci start fixed
	eventually 5 status_is fixed stopped
	[ "$(cat "$BATS_TEST_TMPDIR/out")" = first ]
	expect 0 oci delete fixed
}

@test "kill knows names and numbers, and with --all every process" {
	bundle signals "$(script 'trap "echo usr1" USR1; trap "exit 7" TERM; echo ready; while :; do sleep 0.05; done')"
	expect_apart 0 oci run --detach --bundle "$BUNDLES/signals" signals
	eventually 5 grep -q ready "$BATS_TEST_TMPDIR/out"
	expect 0 oci kill signals SIGUSR1
	eventually 5 grep -q usr1 "$BATS_TEST_TMPDIR/out"
	expect 0 oci kill signals 0
	expect 1 oci kill signals NOSUCH
	has_error "there is no signal 'NOSUCH'"
	expect 0 oci kill signals
	eventually 5 status_is signals stopped
	expect 0 oci delete signals
	bundle signals "$(script 'sleep 1000 & sleep 1000 & wait')"
	expect_apart 0 oci run --detach --bundle "$BUNDLES/signals" signals
	expect 0 oci kill --all signals 9
	eventually 5 status_is signals stopped
	# Nothing is left: nobody minds.
	expect 0 oci kill --all signals 9
	expect 0 oci delete signals
}

@test "the log has JSON objects with level, message and time" {
	expect 1 oci --log "$BUNDLES/log" --log-format json state nobody
	has_error "container 'nobody' does not exist"
	expect 0 inside tail -n 1 "$BUNDLES/log"
	[ "$(jq -r '.level, .msg' <<<"$output" | tr '\n' ';')" = "error;container 'nobody' does not exist;" ]
	[ -n "$(jq -r .time <<<"$output" | grep '^20.*Z$')" ]
	expect 1 oci --log "$BUNDLES/log" state nobody
	expect 0 inside tail -n 1 "$BUNDLES/log"
	has "level=error msg=\"container 'nobody' does not exist\""
}

@test "what is refused is refused with a reason" {
	bundle plain
	expect 1 oci --systemd-cgroup create --bundle "$BUNDLES/plain" plain
	has_error systemd
	expect 1 oci --rootless true create --bundle "$BUNDLES/plain" plain
	has_error "call this as root"
	expect 1 oci create --bundle "$BUNDLES/plain" ../plain
	has_error "invalid id"
	expect 1 oci create --bundle "$BUNDLES" plain
	has_error config.json
	expect 1 oci create --bundle "$BUNDLES/plain" --preserve-fds 7 plain
	has_error "is not open"
	expect 0 oci --version
	matches '^coracle-oci version [0-9.]+'
	has "spec: 1.2.0"
	expect 0 oci features
	[ "$(jq -r '.hooks | length' <<<"$output")" = 6 ]
	expect 0 coracle oci --root "$OCI_ROOT" list -q
	is ""
}

@test "where the kernel has no SELinux or no resctrl, that is said" {
	if ! inside test -e /sys/fs/selinux/enforce; then
		bundle labelled '.process.selinuxLabel = "u:r:t:s0" | .linux.mountLabel = "u:o:t:s0" |
			.process.args = ["/bin/sleep", "1000"]'
		expect_apart 0 oci create --bundle "$BUNDLES/labelled" labelled
		grep -q 'SELinux labels have no effect' "$BATS_TEST_TMPDIR/err"
		expect 0 oci start labelled
		expect 0 oci exec --process-label u:r:t:s1 labelled echo inside
		is inside
		has_error 'SELinux labels have no effect'
		expect 0 oci delete --force labelled
	fi
	inside grep -q ' - resctrl ' /proc/self/mountinfo && skip "resctrl is mounted here"
	bundle shared '.linux.intelRdt = {closID: "gold", l3CacheSchema: "L3:0=f"}'
	expect 1 oci create --bundle "$BUNDLES/shared" shared
	has_error "linux.intelRdt: "
	has_error "file system of type resctrl"
	expect 1 oci state shared
	expect 0 oci features
	[ "$(jq -c '.linux | .selinux, .intelRdt' <<<"$output" | xargs)" = \
		'{enabled:true} {enabled:true,schemata:true,monitoring:true}' ]
}

@test "descriptors that are to be preserved are the program's, and no others" {
	bundle fds "$(script 'ls /proc/self/fd | tr "\n" " "; read -r line <&4; echo "$line"')"
	# shellcheck disable=SC2016 # expanded inside
	expect 0 inside bash -c 'exec 3</dev/null 4<<<"through four" 5</dev/null; exec "$@"' bash \
		"$BATS_FILE_TMPDIR/coracle-oci" --root "$OCI_ROOT" run --preserve-fds 2 --bundle "$BUNDLES/fds" fds
	is "0 1 2 3 4 5 through four"
}

@test "a create that is killed at any moment leaves no process, and what delete --force takes away" {
	bundle cut "$(script 'exec sleep 4321')"
	local delay
	for delay in 0.002 0.004 0.006 0.008 0.010 0.015 0.020 0.030 0.050; do
		# shellcheck disable=SC2016 # expanded inside
		inside sh -c 'timeout -s KILL "$@" >/dev/null 2>&1 </dev/null' sh \
			"$delay" "$BATS_FILE_TMPDIR/coracle-oci" --root "$OCI_ROOT" create --bundle "$BUNDLES/cut" cut || true
		# Not one that waits for a start, unless all of it was done.
		if [ "$(status_of cut 2>/dev/null)" != created ]; then
			eventually 5 no_process_of_ours
		fi
		expect 0 oci delete --force cut
		eventually 5 no_process_of_ours
		expect 0 oci list -q
		is ""
	done
}

no_process_of_ours()
{
	! inside sh -c 'ls -l /proc/[0-9]*/exe 2>/dev/null | grep -q "coracle-trampoline\|coracle$"'
}

@test "create and start in a user namespace of its own" {
	bundle mapped "$(script 'id -u; cat /proc/self/uid_map') | .linux.namespaces += [{type: \"user\"}] |
		.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 1000}] |
		.linux.gidMappings = [{containerID: 0, hostID: 100000, size: 1000}]"
	expect_apart 0 oci create --bundle "$BUNDLES/mapped" mapped
	status_is mapped created
	expect_apart 0 oci start mapped
	eventually 5 status_is mapped stopped
	grep -q "^0$" "$BATS_TEST_TMPDIR/out"
	grep -q " 0 *100000 *1000$" "$BATS_TEST_TMPDIR/out"
	expect 0 oci delete mapped
}

@test "variables of Docker Compose mean nothing to a runtime" {
	for variable in COMPOSE_ANSI COMPOSE_PROGRESS COMPOSE_PARALLEL_LIMIT COMPOSE_FILE COMPOSE_PROFILES; do
		expect 0 env "$variable=no such thing" "$BATS_FILE_TMPDIR/coracle-oci" --root "$OCI_ROOT" list -q
		expect 0 env "$variable=no such thing" "$CORACLE" oci --root "$OCI_ROOT" list -q
	done
	expect 1 env COMPOSE_ANSI=bad "$CORACLE" compose version
	has_error '--ansi must be'
}

@test "delete takes away the cgroup that create has made, and its parents; not one that was there" {
	bundle group "$(script 'exec sleep 1000') | .linux.cgroupsPath = \"/tests/ours/box\""
	expect_apart 0 oci run --detach --bundle "$BUNDLES/group" group
	expect 0 inside cat "$CGROUP_PATH/tests/ours/box/cgroup.procs"
	expect 0 oci delete --force group
	expect 1 inside test -e "$CGROUP_PATH/tests/ours"
	inside mkdir -p "$CGROUP_PATH/tests/theirs/box"
	bundle group "$(script 'exec sleep 1000') | .linux.cgroupsPath = \"/tests/theirs/box\""
	expect_apart 0 oci run --detach --bundle "$BUNDLES/group" group
	expect 0 oci delete --force group
	expect 0 inside cat "$CGROUP_PATH/tests/theirs/box/cgroup.procs"
	is ""
	inside rmdir "$CGROUP_PATH/tests/theirs/box" "$CGROUP_PATH/tests/theirs"
}

@test "a create in the caller's mount namespace that is killed leaves no mount behind its delete" {
	bundle shared "$(script 'exec sleep 4321') | .linux.namespaces |= map(select(.type != \"mount\"))"
	local delay
	for delay in 0.004 0.008 0.012 0.016 0.020 0.030 0.050; do
		# shellcheck disable=SC2016 # expanded inside
		inside sh -c 'timeout -s KILL "$@" >/dev/null 2>&1 </dev/null' sh \
			"$delay" "$BATS_FILE_TMPDIR/coracle-oci" --root "$OCI_ROOT" create --bundle "$BUNDLES/shared" shared || true
		expect 0 oci delete --force shared
		expect 1 inside grep " $BUNDLES/rootfs" /proc/self/mountinfo
	done
}
