# SPDX-License-Identifier: Apache-2.0
#
# Descriptions of containers that run, damaged: their monitors know them, and `down` never says that one
# has gone that runs on.

load damage_helper

@test "damaged descriptions of containers that run: their monitors know them, and down ends them all" {
	full_project
	expect 0 coracle up -d --scale a=19
	damage spread "$CORACLE_ROOT/containers/*/container.json" "$CORACLE inspect {}" "$CORACLE ps -a" \
		"$CORACLE system check" "$CORACLE logs" "$CORACLE exec -T a true"
	[ "$cases" = 19 ]
	[ "$(inside pgrep -cfx 'sleep 3733')" = 19 ]
	expect 0 coracle down -t 0 --volumes
	nothing_runs
}

@test "damaged descriptions of containers whose monitors and keepers are killed: down ends them all" {
	full_project
	expect 0 coracle up -d --scale a=19
	kill_keepers_and_monitors
	damage spread "$CORACLE_ROOT/containers/*/container.json" "$CORACLE inspect {}" "$CORACLE ps -a" \
		"$CORACLE system check" "$CORACLE logs" "$CORACLE exec -T a true"
	expect 0 coracle down -t 0 --volumes
	remove_unknown
	nothing_runs
}
