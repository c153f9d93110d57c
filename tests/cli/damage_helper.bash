# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# damage_helper.bash - a project whose containers have everything that a description can have, and
# what damages its files (damage.py).

# shellcheck disable=SC2034 # used by the bats files

# Hundreds of commands, which a sanitizer build takes its time for.
export BATS_TEST_TIMEOUT=${BATS_TEST_TIMEOUT:-600}
load helper

# damage ARGS: as damage.py; the number of cases goes to $cases.
damage()
{
	expect 0 inside python3 "$tests_dir/cli/damage.py" "$@"
	cases=$(tail -n 1 <<<"$output" | cut -d ' ' -f 1)
}

# Has everything that a description can have.
full_project()
{
	project damaged <<-YAML
	services:
	  a:
	    image: busybox
	    command: sleep 3733
	    stop_signal: SIGKILL
	    environment: {A: b, C: d}
	    labels: {x: y}
	    ports: ["80", "127.0.0.1::81/udp"]
	    volumes: ["data:/data", "/anonymous", {type: tmpfs, target: /t, tmpfs: {size: 1m, mode: 0700}}]
	    secrets: [s]
	    healthcheck: {test: "true", interval: 1h, retries: 2}
	    ulimits: {nofile: 100}
	    sysctls: {net.ipv4.ip_forward: 1}
	    devices: [/dev/null]
	    shm_size: 1m
	    logging: {driver: json-file, options: {max-size: 1m}}
	    extra_hosts: [h:192.0.2.9]
	    networks: {default: {aliases: [z]}}
	volumes: {data: {}}
	secrets: {s: {environment: SECRET}}
	YAML
	export SECRET=s
}

nothing_runs()
{
	! inside pgrep -fx "sleep 3733"
}

# What is damaged so badly that nobody knows whose it is stays, with a warning that says how it goes; and so
# does what is whole, but says that it is another project's.
remove_unknown()
{
	local id warnings=$stderr
	for id in $(inside sh -c 'cd "$1/containers" && ls' sh "$CORACLE_ROOT" | grep -v by-name); do
		if [[ $warnings == *"container ${id:0:12} is damaged"* ]]; then
			[[ $warnings == *"remove it"* ]]
		else
			expect 0 coracle container inspect "$id"
		fi
		expect 0 coracle container rm -f "$id"
	done
	expect 0 coracle volume prune --force
}

kill_keepers_and_monitors()
{
	inside sh -c 'for d in "$1"/containers/*; do kill -9 $(cut -d " " -f 1 "$d/keeper") $(jq .monitor_pid "$d/state.json"); done' sh "$CORACLE_RUN"
	eventually 10 inside sh -c '! pgrep -f "[l]ibexec/coracle/monitor"'
}
