#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# `stack` and `swarm`: compose files as Docker's swarm runs them, on one host.

load helper

file_setup()
{
	ln -s "$CORACLE" "$BATS_FILE_TMPDIR/docker"
}

docker()
{
	inside timeout --foreground -k 5 60 "$BATS_FILE_TMPDIR/docker" "$@"
}

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

eval "$(declare -f teardown | sed '1s/teardown/teardown_world/')"
teardown()
{
	local stack
	for stack in $(docker stack ls --format '{{.Name}}'); do
		docker stack rm "$stack"
	done >/dev/null 2>&1
	docker volume prune -af >/dev/null
	teardown_world
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
