#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# `resume`: what ran before a reboot runs again. The boot before is a world within the world, whose
# processes, links and run directory go at once.

load helper
load service_helper

# Runs a script in a boot that ends without a warning when the script does.
boot_before()
{
	# shellcheck disable=SC2016 # expanded inside
	inside env PATH="$BATS_FILE_TMPDIR:$PATH" unshare --net --pid --mount --fork --kill-child --mount-proc sh -ec '
		mount -t tmpfs run "$CORACLE_RUN"
		ip link set lo up
		eval "$1"' sh "$1"
}

running()
{
	docker ps --format '{{.Names}}' | sort | xargs
}

@test "projects come back, whatever they and their directories are called" {
	project place <<-YAML
	services:
	  web: {image: busybox, command: sleep 1000, init: true, restart: always}
	YAML
	boot_before 'docker compose up -d; docker compose -p other up -d'
	expect 0 coracle resume
	has_error 'Container place-web-1 Started'
	has_error 'Container other-web-1 Started'
	[ "$(running)" = 'other-web-1 place-web-1' ]
	expect 0 coracle resume
	[ "$stderr" = '' ] || fail "$stderr"
	expect 0 docker compose -p other down
}

@test "stacks and services come back without their files, with their secrets" {
	cat >stack.yml <<-YAML
	services:
	  web:
	    image: busybox
	    command: sleep 1000
	    init: true
	    secrets: [word]
	    deploy: {replicas: 2}
	secrets:
	  word: {file: ./word.txt}
	YAML
	echo swordfish >word.txt
	boot_before 'docker stack deploy -q -c stack.yml shop; docker service create -q --name solo --init --secret shop_word busybox sleep 1000'
	rm stack.yml word.txt
	expect 0 coracle resume
	[[ "$stderr" != *warning* ]] || fail "$stderr"
	[ "$(running)" = 'shop_web_1 shop_web_2 solo_1' ]
	for name in shop_web_2 solo_1; do
		[ "$(docker exec "$name" cat /run/secrets/shop_word /run/secrets/word 2>/dev/null)" = swordfish ]
	done
}
