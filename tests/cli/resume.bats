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

@test "when the host goes down containers are stopped, nothing revives them, and they come back" {
	project down <<-YAML
	services:
	  web:
	    image: busybox
	    command: sh -c 'trap "echo graceful; exit 0" TERM; echo began; while :; do sleep 0.1; done'
	    restart: unless-stopped
	  deaf: {image: busybox, command: sleep 1000, restart: always, stop_grace_period: 1s}
	  again: {image: busybox, command: sh -c 'sleep 0.1; exit 1', restart: always}
	  wanted: {image: busybox, command: sleep 1000, init: true, restart: unless-stopped}
	YAML
	# Process 1 says it to everybody, as systemd-shutdown does; before that, somebody else.
	boot_before '
		docker compose up -d
		docker compose stop wanted
		monitors=$(pgrep -x "coracle:.*" | xargs)
		sh -c "kill -TERM $monitors; :"
		sleep 0.5
		docker ps --format "{{.Names}}" | sort | xargs >before
		for pid in $(ls /proc | grep "^[0-9]"); do [ "$pid" = 1 ] || kill -TERM "$pid" || :; done
		for i in $(seq 200); do pgrep -x "coracle:.*" >/dev/null || break; sleep 0.1; done
		pgrep -lx "coracle:.*" >after || :
		docker ps -a --format "{{.Names}} {{.State}}" | sort >>after'
	grep -q 'down-web-1' before
	[ "$(cat after)" = "$(printf 'down-%s-1 exited\n' again deaf wanted web)" ] || fail "$(cat after)"
	# Its shell may say of its sleep that it was terminated.
	[ "$(coracle logs --no-log-prefix web | grep -v Terminated)" = $'began\ngraceful' ] || fail "$(coracle logs web)"
	expect 0 coracle resume
	running_now() { [[ "$(running)" == *'down-deaf-1 down-web-1' ]]; }
	eventually 10 running_now
	[ "$(docker inspect -f '{{.State.Status}}' down-wanted-1)" = exited ]
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

@test "Ctrl-C says what is started and how to go on, and the next one does" {
	mkdir slow fast
	cat >slow/compose.yaml <<-YAML
	services:
	  db: {image: busybox, command: sleep 1000, init: true, restart: always,
	       healthcheck: {test: "test -e /ready", interval: 100ms, retries: 10000}}
	  web: {image: busybox, command: sleep 1000, init: true, restart: always, depends_on: {db: {condition: service_healthy}}}
	YAML
	cat >fast/compose.yaml <<-YAML
	services:
	  one: {image: busybox, command: sleep 1000, init: true, restart: always}
	YAML
	boot_before '(cd fast && docker compose up -d); cd slow && docker compose up -d db && docker compose exec db touch /ready && docker compose up -d && docker compose exec db rm /ready'
	inside sh -c 'echo $$ >pid; exec "$0" resume 2>err' "$CORACLE" &
	job=$!
	eventually 20 sh -c 'grep -q "slow-db-1 Started" err && grep -q "fast-one-1 Started" err'
	inside kill -INT "$(cat pid)"
	code=0
	wait "$job" || code=$?
	[ "$code" = 130 ] || fail "$code" "$(cat err)"
	grep -qxF "coracle: interrupted: 2 of 3 containers are started; 'coracle resume' goes on" err || fail "$(cat err)"
	[ "$(grep -c interrupted err)" = 1 ]
	docker exec slow-db-1 touch /ready
	expect 0 coracle resume
	[ "$(running)" = 'fast-one-1 slow-db-1 slow-web-1' ]
	expect 0 docker compose --project-directory slow down
	expect 0 docker compose --project-directory fast down
}
