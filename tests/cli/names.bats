#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Called as docker, docker-compose, docker compose: the words, texts and codes of these programs.

load helper

file_setup()
{
	ln -s "$CORACLE" "$BATS_FILE_TMPDIR/docker"
	ln -s "$CORACLE" "$BATS_FILE_TMPDIR/docker-compose"
}

docker()
{
	inside timeout --foreground -k 5 60 "$BATS_FILE_TMPDIR/docker" "$@"
}

docker-compose()
{
	inside timeout --foreground -k 5 60 "$BATS_FILE_TMPDIR/docker-compose" "$@"
}

# Lines "CODE|WORDS|WHAT IS SAID" on standard input; \n is a new line.
said()
{
	local code words text
	while IFS='|' read -r code words text; do
		# shellcheck disable=SC2086 # words
		expect "$code" $words
		[ "$stderr" = "$(printf %b "$text")" ] || fail "$words: $stderr"
	done
}

@test "what docker says of objects that are not there, or are in the way" {
	local id
	project held <<-'YAML'
	services: {a: {image: busybox, command: sleep 1000, stop_grace_period: 0s, volumes: [v:/v]}}
	volumes: {v: {}}
	YAML
	docker-compose up -d >/dev/null 2>&1
	id=$(docker inspect -f '{{.Id}}' held-a-1)
	said <<-EOT
		1|docker logs x|Error response from daemon: No such container: x
		1|docker stop x|Error response from daemon: No such container: x
		1|docker exec x true|Error response from daemon: No such container: x
		0|docker rm -f x|
		1|docker inspect x|Error: No such object: x
		1|docker inspect --type service x|Error response from daemon: no such service: x
		1|docker inspect --type task x|--type task: tasks are containers, and 'docker service ps' lists them
		1|docker inspect --type plugin x|--type plugin: there are none here; 'docker info' lists the drivers that there are
		1|docker inspect $(inside hostname)|Error: No such object: $(inside hostname)
		1|docker container inspect x|Error response from daemon: No such container: x
		1|docker image inspect x|Error response from daemon: No such image: x:latest
		1|docker rmi x:1|Error response from daemon: No such image: x:1
		1|docker tag x y|Error response from daemon: No such image: x:latest
		1|docker network inspect x|Error response from daemon: network x not found
		1|docker network rm x|Error response from daemon: network x not found
		1|docker volume inspect x|Error response from daemon: get x: no such volume
		1|docker volume rm x|Error response from daemon: get x: no such volume
		1|docker rm held-a-1|Error response from daemon: cannot remove container "held-a-1": container is running: stop the container before removing or force remove
		1|docker volume rm held_v|Error response from daemon: remove held_v: volume is in use - [held-a-1]
		1|docker network rm held_default|Error response from daemon: error while removing network: network held_default has active endpoints (name:"held-a-1")
		1|docker network create held_default|Error response from daemon: network with name held_default already exists
		1|docker rmi busybox|Error response from daemon: conflict: unable to delete busybox (must be forced) - container held-a-1 is using its referenced image
	EOT
	expect 1 docker volume inspect x
	is '[]'
	docker stop -t 0 held-a-1 >/dev/null
	said <<-EOT
		1|docker kill held-a-1|Error response from daemon: cannot kill container: held-a-1: container $id is not running
		1|docker exec held-a-1 true|Error response from daemon: container $id is not running
	EOT
	project other <<-'YAML'
	services: {a: {image: busybox, container_name: held-a-1}}
	YAML
	expect 1 docker compose up -d
	has_error "is already in use by container ${id:0:12} of project \"held\": remove it ('docker compose -p held down')"
}

@test "what is wrong with a local file or with words is said by nobody's daemon" {
	project local <<-'YAML'
	services: {a: {image: busybox, command: sleep 1000, stop_grace_period: 0s}}
	YAML
	docker-compose up -d >/dev/null 2>&1
	said <<-'EOT'
		1|docker load -i /nope|cannot open '/nope': no such file or directory
		1|docker import /nope|cannot open '/nope': no such file or directory
		1|docker save -o /nope/x busybox|cannot create '/nope/x': no such file or directory
		1|docker export -o /nope/x local-a-1|cannot create '/nope/x': no such file or directory
		1|docker cp /nope local-a-1:/|cannot copy '/nope': no such file or directory
		1|docker cp local-a-1:/bin/sh /nope/a/b|cannot copy to '/nope/a/b': the directory '/nope/a' is not on this host
		1|docker cp a b|neither 'a' nor 'b' is NAME:PATH in a container
		1|docker cp local-a-1:/nope /|Error response from daemon: there is no '/nope' in container local-a-1
		1|docker secret create a /nope|cannot open '/nope': no such file or directory
		1|docker stack deploy -c /nope x|cannot open '/nope': no such file or directory
		1|docker exec --env-file /nope local-a-1 true|cannot open '/nope': no such file or directory
		125|docker run --env-file /nope busybox|docker: --env-file: cannot open '/nope': no such file or directory\n\nRun 'docker run --help' for more information
		1|docker logs --since tomorrow local-a-1|--since: 'tomorrow' is no time: write 2026-01-02T03:04:05Z, seconds since 1970, or a duration such as 10m
		1|docker ps --format {{.X|template parsing error: template: :1: unclosed action
		1|docker ps --format {{index}}|template parsing error: template: :1:2: executing "" at <index>: wrong number of args for index: want at least 1 got 0
		1|docker ps --format plain|unknown format 'plain': use 'table', 'json' or a template such as '{{.Name}}'
	EOT
}

@test "what docker says of a command line that is wrong, with its codes" {
	said <<-'EOT'
		125|docker rm --foo|unknown flag: --foo\n\nUsage:  docker rm [OPTIONS] CONTAINER [CONTAINER...]\n\nRun 'docker rm --help' for more information
		125|docker rm -fZ x|unknown shorthand flag: 'Z' in -fZ\n\nUsage:  docker rm [OPTIONS] CONTAINER [CONTAINER...]\n\nRun 'docker rm --help' for more information
		125|docker container --foo|unknown flag: --foo\n\nUsage:  docker container COMMAND\n\nRun 'docker container --help' for more information
		125|docker --foo|unknown flag: --foo\n\nUsage:  docker [OPTIONS] COMMAND [ARG...]\n\nRun 'docker --help' for more information
		1|docker rm|docker: 'docker rm' requires at least 1 argument\n\nUsage:  docker rm [OPTIONS] CONTAINER [CONTAINER...]\n\nSee 'docker rm --help' for more information
		1|docker run|docker: 'docker run' requires at least 1 argument\n\nUsage:  docker run [OPTIONS] IMAGE [COMMAND] [ARG...]\n\nSee 'docker run --help' for more information
		1|docker tag a|docker: 'docker tag' requires 2 arguments\n\nUsage:  docker tag SOURCE TARGET\n\nRun 'docker tag --help' for more information
		1|docker frobnicate|docker: unknown command: docker frobnicate\n\nRun 'docker --help' for more information
		1|docker container frobnicate|docker: unknown command: docker container frobnicate\n\nUsage:  docker container COMMAND\n\nRun 'docker container --help' for more information
		1|docker context ls|'context' chooses among daemons: there is none here; this program works on the host that it runs on, so run it there ('ssh HOST coracle …')
		1|docker buildx bake|'buildx bake' builds from a file of targets: 'docker compose build' builds what a compose file has, side by side
		1|docker-compose publish x|'publish' puts a compose file into a registry: copy the file instead ('docker-compose config' writes all of a project as one, 'docker-compose export' a service's files, 'docker-compose push' its images)
		1|docker compose frobnicate|unknown docker command: "compose frobnicate"
		1|docker compose up --foo|unknown flag: --foo
		1|docker-compose up -Z|unknown shorthand flag: 'Z' in -Z
	EOT
	expect 0 docker buildx version
	expect 1 docker compose start x
	[[ "$stderr" == *"; for a container that is no service's: 'docker container start'" ]] || fail "$stderr"
	expect 1 docker-compose ps
	[[ "$stderr" == 'no configuration file provided: not found'* ]] || fail "$stderr"
}

@test "node and host are one where a swarm was asked for" {
	local host
	host=$(inside hostname)
	expect 0 docker inspect --type node --format '{{.Description.Hostname}}' "$host"
	is "$host"
	docker swarm init >/dev/null
	expect 0 docker inspect --format '{{.Description.Hostname}}' "$(docker node ls -q)"
	is "$host"
	docker swarm leave -f >/dev/null
}

@test "versions are said as scripts read them" {
	expect 0 docker --version
	matches '^Docker version [0-9]+\.[0-9]+\.[0-9]+, build [^ ]+$'
	expect 0 docker version
	matches '^Client: Coracle [0-9.]+'
	matches $'\nServer: Coracle .*\n Engine:\n  Version:          [0-9]+\\.[0-9]+\\.[0-9]+\n'
	expect 0 docker version --format '{{.Server.Version}} {{.Client.APIVersion}} {{.Server.Os}} {{(index .Server.Components 0).Name}}'
	matches '^[2-9][0-9]\.[0-9]+\.[0-9]+ 1\.[0-9]+ linux Engine$'
	expect 0 docker version --format json
	[ "$(jq -r .Server.KernelVersion <<<"$output")" = "$(uname -r)" ]
	# shellcheck disable=SC2086 # words
	for command in 'docker compose' docker-compose; do
		expect 0 $command version --short
		matches '^2\.[0-9]+\.[0-9]+$'
		expect 0 $command version
		matches '^Docker Compose version v2\.[0-9]+\.[0-9]+$'
		expect 0 $command version -f json
		matches '^\{"version":"v2\.[0-9.]+"\}$'
	done
	expect 0 docker info --format '{{.Swarm.LocalNodeState}} {{.DefaultRuntime}} {{.LoggingDriver}} {{len .SecurityOptions}} {{len .Runtimes}} {{.Driver}}'
	is 'inactive coracle json-file 2 1 overlay2'
	expect 0 docker info
	matches $'\n Server Version: [0-9.]+\n'
	has ' Swarm: inactive'
}

@test "another host, a context and TLS are refused, from the environment too" {
	expect 1 docker -H tcp://192.0.2.9:2375 ps
	is ''
	has_error 'the host tcp://192.0.2.9:2375: there is no daemon to reach over a network'
	DOCKER_HOST=ssh://x expect 1 docker-compose ls
	has_error 'the host ssh://x: '
	DOCKER_CONTEXT=far expect 1 docker ps
	has_error 'the context far: there are no contexts'
	DOCKER_HOST=ssh://x expect 0 coracle container ls
	DOCKER_HOST=unix:///var/run/docker.sock DOCKER_CONTEXT=default expect 0 docker -l debug -D ps
	expect 0 docker --context default --config /nonexistent --log-level=error ps
	expect 1 docker --tlsverify ps
	has_error 'there is no daemon to connect to'
	expect 0 docker --tls=false ps
}

@test "make install-docker-names makes links, and leaves alone what is of others" {
	local dir=$BATS_TEST_TMPDIR/dest
	local make=(make -s -C "$project_dir" DESTDIR="$dir" PREFIX=/usr)
	expect 0 "${make[@]}" install-docker-names
	[ "$(readlink "$dir/usr/bin/docker") $(readlink "$dir/usr/bin/docker-compose")" = 'coracle coracle' ]
	expect 0 "${make[@]}" install-docker-names
	ln -sf /opt/docker "$dir/usr/bin/docker"
	rm "$dir/usr/bin/docker-compose"
	expect 2 "${make[@]}" install-docker-names
	has_error "$dir/usr/bin/docker stays as it is: a link to /opt/docker"
	[ "$(readlink "$dir/usr/bin/docker-compose")" = coracle ]
	expect 0 "${make[@]}" uninstall-docker-names
	[ "$(readlink "$dir/usr/bin/docker")" = /opt/docker ]
	[ ! -e "$dir/usr/bin/docker-compose" ] && [ ! -L "$dir/usr/bin/docker-compose" ]
	[ "$(find "$dir" ! -type d | wc -l)" = 1 ]
}

@test "make uninstall leaves no file, no link and no directory of make install, and says where data stay" {
	local dir=$BATS_TEST_TMPDIR/dest
	local make=(make -s -C "$project_dir" VARIANT=release OUT="$(dirname "$CORACLE")" DESTDIR="$dir" PREFIX=/usr MAN= STRIP=)
	# Trixie's base has an empty libexec, bookworm's none.
	mkdir -p "$dir/usr/bin" "$dir/usr/share/man" "$dir/usr/lib" "$dir/usr/share/zsh"
	find "$dir" | sort >before
	expect 0 "${make[@]}" -o all install
	expect 0 "${make[@]}" -o all install
	expect 0 "${make[@]}" install-docker-names
	mkdir -p "$dir"/etc/systemd/system/{multi-user,sockets}.target.wants
	ln -s /usr/lib/systemd/system/coracle-resume.service "$dir/etc/systemd/system/multi-user.target.wants/"
	ln -s /usr/lib/systemd/system/coracle-api.socket "$dir/etc/systemd/system/sockets.target.wants/"
	[ -x "$dir/usr/bin/coracle" ] && [ -x "$dir/usr/libexec/coracle/monitor" ]
	[ -x "$dir/usr/share/coracle/coracle-api.init" ] && [ -x "$dir/usr/share/coracle/coracle-api.openrc" ]
	grep -q 'ExecStart=/usr/bin/coracle api' "$dir/usr/lib/systemd/system/coracle-api.service"
	expect 0 "${make[@]}" uninstall
	lacks stay
	rmdir -p "$dir"/etc/systemd/system/*.wants 2>/dev/null || true
	expect 0 find "$dir"
	[ "$(sort <<<"$output")" = "$(cat before)" ]
	mkdir -p "$dir/var/lib/coracle"
	expect 0 "${make[@]}" uninstall
	has "images, containers and volumes stay in $dir/var/lib/coracle"
}

@test "docker knows every word of docker's" {
	local word
	for word in attach build commit cp create diff events exec export history images import info inspect \
		kill load login logout logs network pause port ps pull push rename restart rm rmi run save \
		secret service stack start stats stop swarm system tag top unpause update version volume wait \
		'container ps' 'container list' 'container remove' 'container attach' 'container port' \
		'container top' 'image list' 'image remove' 'image build' 'network list' 'network remove' \
		'network connect' 'network disconnect' 'volume list' 'volume remove' 'system events' 'buildx build' \
		'node ls' 'stack deploy' 'service scale'; do
		# shellcheck disable=SC2086 # words
		expect 0 docker $word --help
	done
}
