# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# service_helper.bash - docker's name for the program, and stacks that are gone after each test.

file_setup()
{
	ln -s "$CORACLE" "$BATS_FILE_TMPDIR/docker"
}

docker()
{
	inside timeout --foreground -k 5 60 "$BATS_FILE_TMPDIR/docker" "$@"
}

eval "$(declare -f teardown | sed '1s/teardown/teardown_world/')"
teardown()
{
	local name
	docker swarm leave --force >/dev/null 2>&1 || true
	for name in $(docker service ls --format '{{.Name}}' | grep -v _); do
		docker service rm "$name"
	done >/dev/null 2>&1
	for name in $(docker stack ls --format '{{.Name}}'); do
		docker stack rm "$name"
	done >/dev/null 2>&1
	docker network ls --format '{{.Name}}' | grep '^own' | while read -r name; do
		docker network rm "$name"
	done >/dev/null 2>&1
	docker volume prune -af >/dev/null
	teardown_world
}

# web_stack NAME REPLICAS [LINE...]: stack.yml and the stack NAME of it: a service web that says its
# version at port 8081, LINEs of its update_config.
web_stack()
{
	local name=$1 replicas=$2
	shift 2
	cat >stack.yml <<-YAML
	services:
	  web:
	    image: busybox
	    environment: {SAYS: one}
	    command:
	      - sh
	      - -c
	      - |
	        trap 'exit 0' TERM
	        mkdir -p /www && echo \$\$SAYS >/www/index.html
	        [ \$\$SAYS != broken ] || exit 9
	        sleep 0.2
	        httpd -p 80 -h /www
	        while :; do sleep 0.05; done
	    ports: ["8081:80"]
	    deploy:
	      replicas: $replicas
	      update_config:
	        parallelism: 1
	$(printf '        %s\n' "$@")
	YAML
	docker stack deploy -q -c stack.yml "$name"
}

# What web says at its published port.
says()
{
	inside curl -sm 5 http://127.0.0.1:8081/
}

says_it()
{
	[ "$(says)" = "$1" ]
}
