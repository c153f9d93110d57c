#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Names with underscores: --compatibility, COMPOSE_COMPATIBILITY.

load helper

@test "--compatibility and COMPOSE_COMPATIBILITY make names with underscores" {
	project old <<-'YAML'
	services:
	  web:
	    image: busybox
	    command: sh -c 'echo up; exec sleep 1000'
	    stop_grace_period: 0s
	    scale: 2
	    pre_start: [{command: "true", per_replica: true}]
	  built: {build: ., profiles: [no]}
	YAML
	expect 0 coracle --compatibility up -d
	run names
	is $'old_web_1\nold_web_2'
	expect 0 coracle exec --index 2 web hostname
	eventually 5 logged 2 up
	expect 0 coracle logs
	matches $'(^|\n)web_1  \\| up'
	expect 0 coracle --compatibility run --rm web sh -c 'exit 0'
	coracle --compatibility run -d web sleep 1000 >name
	grep -qE '^(old_web_run_)?[0-9a-f]{12}' name
	coracle container ls -a --format '{{.Names}}' | grep -qE '^old_web_run_[0-9a-f]{12}$'
	# One that is there keeps its name, as long as nothing else has changed.
	expect 0 coracle up -d
	[ "$(names | grep -c '_web_[12]')" = 2 ]
	expect 0 coracle --compatibility --profile no config --images
	has old_built
	expect 0 env COMPOSE_COMPATIBILITY=true "$CORACLE" --profile no config --images
	has old_built
	echo COMPOSE_COMPATIBILITY=1 >.env
	expect 0 coracle --profile no config --images
	has old_built
	echo COMPOSE_COMPATIBILITY=perhaps >.env
	expect 1 coracle config
	has_error "COMPOSE_COMPATIBILITY: 'perhaps' is neither true nor false"
	rm .env
}
