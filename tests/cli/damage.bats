# SPDX-License-Identifier: Apache-2.0
#
# Descriptions and states of containers, damaged in each way that damage.py knows: no command dies of
# it, hangs, or believes what cannot be.

load damage_helper

@test "every member of a description that no monitor knows by heart" {
	full_project
	expect 0 coracle up --no-start --scale a=200
	damage spread "$CORACLE_ROOT/containers/*/container.json" "$CORACLE ps -a" \
		"$CORACLE system check --dry-run" "$CORACLE inspect {}"
	[ "$cases" = 200 ]
	expect 1 coracle system check
	has 'is not a text'
	expect 0 coracle down -t 0 --volumes
	remove_unknown
}

@test "every member of the state of a container that runs: its monitor writes it again" {
	local id pid
	full_project
	expect 0 coracle up -d
	id=$(inspect_of damaged-a-1 '{{.Id}}')
	pid=$(pid_of damaged-a-1)
	damage each "$CORACLE_RUN/containers/$id/state.json" "$CORACLE inspect --format '{{.State.Pid}}' damaged-a-1 | grep -qx $pid || { echo believed >&2; exit 200; }"
	[ "$cases" -ge 150 ]
	expect 0 coracle system check
	expect 0 coracle down -t 0 --volumes
	nothing_runs
}
