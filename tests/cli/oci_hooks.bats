# SPDX-License-Identifier: Apache-2.0
# The OCI command line: hooks of all kinds, when and where they run, and what their failure does.
load helper
load oci_helper

# hook KIND SHELL-TEXT: a filter that adds one; what it prints into $BUNDLES/log stays.
hook()
{
	jq -nr --arg kind "$1" --arg text "$2" \
		'".hooks[" + ($kind | tojson) + "] += [{path: \"/bin/sh\", args: [\"sh\", \"-c\", " + ($text | tojson) + "]}]"'
}

told()
{
	hook "$1" "echo $1 \$(/usr/bin/jq -r .status) \$(readlink /proc/self/ns/mnt | cksum | cut -c 1-5) >>$BUNDLES/log"
}

setup()
{
	cd "$BATS_TEST_TMPDIR" || return 1
	: >"$BATS_TEST_TMPDIR/.projects"
	inside rm -f "$BUNDLES/log"
}

log()
{
	inside sh -c 'cat "$1" 2>/dev/null || true' sh "$BUNDLES/log"
}

@test "each kind runs at its moment, with the state on its standard input" {
	bundle all "$(script 'true') | $(told prestart) | $(told createRuntime) | $(told createContainer) |
		$(told poststart) | $(told poststop)"
	expect_apart 0 oci create --bundle "$BUNDLES/all" all
	[ "$(log | cut -d ' ' -f 1,2)" = $'prestart created\ncreateRuntime created\ncreateContainer created' ]
	expect 0 oci start all
	[ "$(log | cut -d ' ' -f 1,2 | tail -n 1)" = 'poststart running' ]
	eventually 5 status_is all stopped
	expect 0 oci delete all
	[ "$(log | cut -d ' ' -f 1,2 | tail -n 1)" = 'poststop stopped' ]
	# createContainer runs in the container's namespaces, the others in ours.
	[ "$(log | awk '$1 != "createContainer" {print $3}' | sort -u | wc -l)" = 1 ]
	[ "$(log | awk '{print $3}' | sort -u | wc -l)" = 2 ]
}

@test "startContainer runs inside, before the program, as its user" {
	bundle inside "$(script 'cat /tmp/said') | .process.user = {uid: 5, gid: 6} | .mounts += [{destination: \"/tmp\", type: \"tmpfs\", source: \"tmpfs\", options: [\"mode=1777\"]}] |
		$(hook startContainer 'echo $(id -u) $(hostname) $(grep -c created) >/tmp/said')"
	expect_apart 0 oci create --bundle "$BUNDLES/inside" inside
	[ ! -s "$BATS_TEST_TMPDIR/out" ]
	expect 0 oci start inside
	eventually 5 status_is inside stopped
	[ "$(cat "$BATS_TEST_TMPDIR/out")" = "5 coracle 1" ]
	expect 0 oci delete inside
}

@test "a hook sees the container's files where the bundle has them, in createContainer its mounts, too" {
	bundle seen "$(script 'cat /tmp/made') | .mounts += [{destination: \"/tmp\", type: \"tmpfs\", source: \"tmpfs\", options: []}] |
		$(hook createContainer "echo by a hook >$BUNDLES/rootfs/tmp/made")"
	expect 0 oci run --bundle "$BUNDLES/seen" seen
	is "by a hook"
	expect 1 inside test -e "$BUNDLES/rootfs/tmp/made"
}

@test "a hook that fails before the start ends the container, with what it has printed" {
	local kind
	for kind in prestart createRuntime createContainer; do
		inside rm -f "$BUNDLES/log"
		bundle fails "$(script 'echo started') | $(hook $kind 'echo no way >&2; exit 5') | $(told poststop)"
		expect 1 oci create --bundle "$BUNDLES/fails" fails
		has_error "$kind hook '/bin/sh': exit status 5: no way"
		expect 1 oci state fails
		[ "$(log | cut -d ' ' -f 1,2)" = 'poststop stopped' ]
	done
	bundle fails "$(script 'echo started') | $(hook startContainer 'exit 6')"
	expect_apart 0 oci create --bundle "$BUNDLES/fails" fails
	expect 1 oci start fails
	has_error "startContainer hook '/bin/sh': exit status 6"
	status_is fails stopped
	expect 0 oci delete fails
}

@test "a hook that fails after the start is a warning" {
	bundle late "$(script 'echo started') | $(hook poststart 'exit 7') | $(told poststart) | $(hook poststop 'exit 8')"
	expect 0 oci run --bundle "$BUNDLES/late" late
	is started
	has_error "poststart hook '/bin/sh': exit status 7"
	has_error "poststop hook '/bin/sh': exit status 8"
	output=$(log | cut -d ' ' -f 1,2)
	is "poststart running"
}

@test "a hook has its time" {
	bundle slow "$(script 'true') | .hooks.createRuntime = [{path: \"/bin/sleep\", args: [\"sleep\", \"100\"], timeout: 1}]"
	expect 1 oci create --bundle "$BUNDLES/slow" slow
	has_error "createRuntime hook '/bin/sleep': it has not ended within 1 s"
}

@test "a create that is killed leaves no process, and delete --force takes the rest away" {
	# shellcheck disable=SC2016 # expanded inside
	bundle cut '.hooks.createRuntime = [{path: "/bin/sh", args: ["sh", "-c", "echo > /mnt/bundles/at; exec sleep 1234"]}]'
	inside rm -f "$BUNDLES/at"
	oci create --bundle "$BUNDLES/cut" cut >/dev/null 2>&1 3>&- &
	eventually 10 inside test -e "$BUNDLES/at"
	status_is cut creating
	expect 0 inside pkill -9 -x coracle-oci
	wait $! || true
	inside pkill -9 -f "^sleep 1234"
	eventually 5 status_is cut stopped
	expect 0 oci delete --force cut
	expect 0 oci list -q
	is ""
}
