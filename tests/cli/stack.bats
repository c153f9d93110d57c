#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# `stack` and `swarm`: compose files as Docker's swarm runs them, on one host.

load helper
load service_helper

# Writes stack.yml: two services, a secret, a config; REPLICAS of web.
write_stack()
{
	cat >stack.yml <<-YAML
	version: '3.8'
	services:
	  web:
	    image: busybox
	    command: sh -c 'trap "exit 0" TERM; cat /run/secrets/word /etc/motto; while :; do sleep 0.05; done'
	    restart: always
	    container_name: mine
	    links: [db]
	    depends_on: [db]
	    secrets: [word]
	    configs: [{source: motto, target: /etc/motto}]
	    deploy:
	      replicas: $1
	      labels: {tier: front}
	  db:
	    image: busybox
	    command: sh -c 'trap "exit 0" TERM; while :; do sleep 0.05; done'
	    deploy: {mode: global}
	    volumes: ["data:/data"]
	secrets:
	  word: {file: ./word.txt}
	configs:
	  motto: {file: ./motto.txt}
	networks:
	  default: {driver: overlay}
	volumes:
	  data:
	YAML
	echo swordfish >word.txt
	echo onward >motto.txt
}

logged_by()
{
	docker service logs --raw "$1" 2>&1 | grep -qF -- "$2"
}

@test "deploy, look, remove" {
	write_stack 2
	expect 0 docker stack deploy -c stack.yml shop
	has 'Creating network shop_default'
	has 'Creating secret shop_word'
	has 'Creating config shop_motto'
	has 'Creating service shop_db'
	has 'Creating service shop_web'
	has_error 'Ignoring unsupported options: links, restart'
	has_error 'container_name: Setting the container name is not supported.'
	[[ "$stderr" != *obsolete* ]] || fail "$stderr"
	expect 0 docker stack ls
	matches 'NAME +SERVICES'
	matches 'shop +2'
	expect 0 docker stack services shop
	matches 'ID +NAME +MODE +REPLICAS +IMAGE +PORTS'
	matches 'shop_web +replicated +2/2 +busybox'
	matches 'shop_db +global +1/1 +busybox'
	expect 0 docker stack services -q --filter name=shop_d shop
	matches '^[0-9a-z]{25}$'
	expect 0 docker stack services --filter label=tier=front --format '{{.Name}} {{.Replicas}}' shop
	is 'shop_web 2/2'
	expect 0 docker stack ps --format '{{.Name}} {{.Image}} {{.DesiredState}} {{.CurrentState}}' shop
	matches 'shop_db.1 busybox Running Running .* ago'
	matches 'shop_web.2 busybox Running Running .* ago'
	expect 0 docker ps --filter label=com.docker.stack.namespace=shop --format '{{.Names}}'
	[ "$(sort <<<"$output" | tr '\n' ' ')" = 'shop_db_1 shop_web_1 shop_web_2 ' ] || fail "$output"
	expect 0 docker ps -q --filter label=com.docker.swarm.service.name=shop_web
	[ "$(wc -l <<<"$output")" = 2 ]
	eventually 5 logged_by shop_web swordfish
	eventually 5 logged_by shop_web onward
	expect 0 docker exec shop_web_1 nslookup tasks.web
	expect 0 docker stack rm shop
	has 'Removing service shop_db'
	has 'Removing service shop_web'
	has 'Removing secret shop_word'
	has 'Removing config shop_motto'
	has 'Removing network shop_default'
	expect 0 docker stack rm shop
	[ "$stderr" = 'Nothing found in stack: shop' ] || fail "$stderr"
	expect 0 docker stack ls --format '{{.Name}}'
	is ''
}

@test "what is deployed again is updated; what the files lack stays, or goes with --prune" {
	write_stack 1
	expect 0 docker stack deploy -q -c stack.yml shop
	is ''
	ids=$(docker ps -q | sort)
	expect 0 docker stack deploy -c stack.yml shop
	matches 'Updating service shop_web \(id: [0-9a-z]{25}\)'
	lacks 'Creating'
	[ "$(docker ps -q | sort)" = "$ids" ] || fail "containers were replaced"
	printf '%s\n' 'services:' '  web: {image: busybox, command: sleep 1000, init: true}' >one.yml
	expect 0 docker stack deploy -c - shop <one.yml
	has 'Updating service shop_web'
	lacks shop_db
	expect 0 docker stack services --format '{{.Name}} {{.Replicas}}' shop
	is $'shop_db 1/1\nshop_web 1/1'
	expect 0 docker stack deploy --prune -c one.yml shop
	expect 0 docker service ls --format '{{.Name}}'
	is shop_web
	[ "$(docker ps -aq | wc -l)" = 1 ]
}

@test "what a killed deployment has left, the next change of any service finishes" {
	printf '%s\n' 'services:' '  web: &it {image: busybox, command: sleep 1000, init: true}' '  db: *it' >old.yml
	printf '%s\n' 'services:' '  web: {image: busybox, command: sleep 1000, init: true}' \
		'  cache: {image: busybox, command: sleep 1000, init: true, networks: [more]}' 'networks: {more: }' >new.yml
	docker stack deploy -q -c old.yml shop
	# It is killed where it waits to make the network.
	# shellcheck disable=SC2016 # expanded inside
	inside flock "$CORACLE_ROOT/networks/.create.lock" sh -c 'touch held; until [ -e over ]; do sleep 0.05; done' &
	eventually 5 test -e held
	inside timeout -s KILL 1 "$BATS_FILE_TMPDIR/docker" stack deploy --prune -q -c new.yml shop || true
	touch over
	wait $!
	[ "$(docker ps --format '{{.Names}}' | sort | xargs)" = 'shop_db_1 shop_web_1' ]
	expect 0 docker service scale shop_web=2
	[ "$(docker ps -a --format '{{.Names}}' | sort | xargs)" = 'shop_cache_1 shop_web_1 shop_web_2' ]
}

@test "wrong files and names change nothing" {
	expect 1 docker stack deploy shop
	has_error 'specify a Compose file (with --compose-file)'
	printf '%s\n' 'services:' '  web: {image: busybox, comand: x}' >wrong.yml
	expect 1 docker stack deploy -c wrong.yml shop
	has_error "wrong.yml:2:"
	expect 1 docker stack deploy -c wrong.yml 'Not valid'
	has_error 'invalid stack name: "Not valid"'
	expect 1 docker stack ps none
	has_error 'nothing found in stack: none'
	expect 0 docker stack services none
	[ "$stderr" = 'Nothing found in stack: none' ] || fail "$stderr"
	write_stack 1
	expect 0 docker stack deploy -q -c stack.yml shop
	echo changed >word.txt
	expect 1 docker stack deploy -c stack.yml shop
	has_error 'failed to update secret shop_word: only updates to Labels are allowed'
}

@test "a stack and a compose project of one name keep their hands off each other" {
	printf '%s\n' 'services:' '  web: {image: busybox, command: sleep 1000, init: true}' >compose.yaml
	docker compose -p shop up -d 2>/dev/null
	ids=$(docker ps -q)
	expect 1 docker stack deploy -c compose.yaml shop
	has_error "'shop' is the name of a compose project, to which 'shop-web-1' belongs: remove it with 'docker compose -p shop down'"
	expect 1 docker service create --name shop busybox
	has_error "'shop' is the name of a compose project"
	expect 0 docker stack rm shop
	[ "$stderr" = 'Nothing found in stack: shop' ] || fail "$stderr"
	[ "$(docker ps -q)" = "$ids" ]
	docker compose -p shop down -t 0 2>/dev/null
	docker stack deploy -q -c compose.yaml shop
	ids=$(docker ps -q)
	for words in 'up -d' down 'run --rm web true' 'rm -sf'; do
		# shellcheck disable=SC2086 # several words
		expect 1 docker compose -p shop $words
		has_error "'shop' is the name of a stack: remove it with 'docker stack rm shop'"
	done
	[ "$(docker ps -q)" = "$ids" ]
}

@test "a swarm is a mark that scripts ask for" {
	expect 0 docker swarm init --advertise-addr 192.0.2.1
	has 'Swarm initialized: current node ('
	expect 1 docker swarm init
	has_error 'This node is already part of a swarm.'
	expect 0 docker node ls --format '{{.ManagerStatus}} {{.Status}} {{.Availability}}'
	is 'Leader Ready Active'
	id=$(docker node ls -q)
	expect 0 docker node inspect self --format '{{.ID}} {{.Spec.Role}}'
	is "$id manager"
	expect 1 docker node inspect other
	has_error 'no such node: other'
	expect 1 docker swarm join --token x 192.0.2.9:2377
	has_error 'no other can join it'
	expect 0 docker swarm leave --force
	has 'Node left the swarm.'
	expect 1 docker swarm leave
	has_error 'This node is not part of a swarm'
}
