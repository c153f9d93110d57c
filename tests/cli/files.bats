#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Secrets and configs: contents, owner, mode, and where they must not be seen.

load helper

token=5d41402abc4b2a76b9719d911017c592

@test "a secret from a file is at /run/secrets, read-only" {
	project sec <<-'YAML'
	services:
	  a:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	    secrets: [password]
	secrets:
	  password: {file: ./password.txt}
	YAML
	printf %s "$token" >password.txt
	expect 0 coracle up -d
	expect 0 coracle exec -T a cat /run/secrets/password
	is "$token"
	expect 1 coracle exec -T a sh -c 'echo x >/run/secrets/password'
}

@test "target, uid, gid and mode are honoured, for other users too" {
	project modes <<-'YAML'
	services:
	  a:
	    image: busybox
	    user: "1000"
	    command: sleep 3600
	    stop_signal: SIGKILL
	    secrets:
	      - source: password
	        target: /etc/app/pass
	        uid: "1000"
	        gid: "33"
	        mode: 0440
	      - source: password
	        target: private
	        uid: "0"
	        mode: 0400
	secrets:
	  password: {environment: THE_PASSWORD}
	YAML
	export THE_PASSWORD=$token
	expect 0 coracle up -d
	expect 0 coracle exec -T a stat -c '%u %g %a' /etc/app/pass
	is '1000 33 440'
	expect 0 coracle exec -T a cat /etc/app/pass
	is "$token"
	expect 1 coracle exec -T a cat /run/secrets/private
	unset THE_PASSWORD
}

@test "a secret is in no output, no inspect, no disk and no process" {
	project oracle <<-'YAML'
	services:
	  a:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	    secrets: [password]
	secrets:
	  password: {environment: THE_PASSWORD}
	YAML
	THE_PASSWORD=$token coracle up -d
	expect 0 coracle config
	lacks "$token"
	expect 0 coracle inspect oracle-a-1
	lacks "$token"
	expect 1 inside grep -ral "$token" "$CORACLE_ROOT"
	# In RUN it may be on the tmpfs of secrets only.
	run inside sh -c "find $CORACLE_RUN -xdev -type f -exec grep -la $token {} +"
	is ''
	printf %s "$token" >token
	run inside sh -c 'for p in /proc/[0-9]*; do
		! cat "$p/environ" "$p/cmdline" 2>/dev/null | grep -qaf token || tr "\\0" " " <"$p/cmdline"
	done'
	is ''
	expect 0 coracle exec -T a cat /run/secrets/password
	is "$token"
	expect 0 coracle stop
	expect 0 coracle start
	expect 0 coracle exec -T a cat /run/secrets/password
	is "$token"
}

@test "configs from file, content and environment" {
	project conf <<-'YAML'
	services:
	  a:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	    configs:
	      - from_file
	      - source: inline
	        target: /etc/inline.conf
	        mode: 0644
	      - source: from_env
	        target: /etc/env.conf
	configs:
	  from_file: {file: ./app.conf}
	  inline:
	    content: |
	      listen ${PORT}
	  from_env: {environment: PORT}
	YAML
	echo 'file content' >app.conf
	export PORT=1234
	expect 0 coracle up -d
	expect 0 coracle exec -T a cat /from_file /etc/inline.conf /etc/env.conf
	is $'file content\nlisten 1234\n1234'
	unset PORT
}

@test "a missing secret file is an error that names it" {
	project missing <<-'YAML'
	services:
	  a:
	    image: busybox
	    secrets: [password]
	secrets:
	  password: {file: ./nowhere.txt}
	YAML
	expect 1 coracle up -d
	has_error nowhere.txt
}

@test "env_file and .env" {
	project envs <<-'YAML'
	services:
	  a:
	    image: busybox
	    env_file: [one.env, {path: optional.env, required: false}]
	    environment:
	      OVERRIDDEN: by environment
	      INTERPOLATED: ${FROM_DOTENV:-unset}
	    command: env
	YAML
	printf 'PLAIN=1234#5\nQUOTED="a # b"\nOVERRIDDEN=no\n# comment\n' >one.env
	echo 'FROM_DOTENV=yes' >.env
	expect 0 coracle run --rm -T a env
	has 'PLAIN=1234#5'
	has 'QUOTED=a # b'
	has 'OVERRIDDEN=by environment'
	has 'INTERPOLATED=yes'
}

# An image with PORT=3000 in its environment.
priority_project()
{
	project priority <<-'YAML'
	services:
	  a:
	    build: {dockerfile_inline: "FROM busybox\nENV PORT=3000\n"}
	    command: env
	    env_file: [{path: service.env, required: false}]
	YAML
}

port_of()
{
	expect 0 "$@"
	grep '^PORT=' <<<"$output" || echo none
}

@test "who wins: run -e, environment, env_file, the image" {
	priority_project
	[ "$(port_of coracle run --rm -T a env)" = PORT=3000 ]
	# .env and the shell are for the compose file only, unless it asks for them.
	echo PORT=dotenv >.env
	[ "$(PORT=shell port_of coracle run --rm -T a env)" = PORT=3000 ]
	: >service.env
	[ "$(port_of coracle run --rm -T a env)" = PORT=3000 ]
	echo PORT=file >service.env
	[ "$(port_of coracle run --rm -T a env)" = PORT=file ]
	# shellcheck disable=SC2016
	echo 'PORT=${PORT}' >service.env
	[ "$(port_of coracle run --rm -T a env)" = PORT=dotenv ]
	[ "$(PORT=shell port_of coracle run --rm -T a env)" = PORT=shell ]
	echo PORT=other >other.env
	[ "$(port_of coracle --env-file other.env run --rm -T a env)" = PORT=other ]
	[ "$(COMPOSE_ENV_FILES=other.env port_of coracle run --rm -T a env)" = PORT=other ]
	printf '    environment: {PORT: own}\n' >>compose.yaml
	[ "$(port_of coracle run --rm -T a env)" = PORT=own ]
	[ "$(port_of coracle run --rm -T -e PORT=given a env)" = PORT=given ]
	[ "$(PORT=shell port_of coracle run --rm -T -e PORT a env)" = PORT=shell ]
}

@test "a null in environment passes the project's value through, or removes the image's" {
	priority_project
	printf '    environment: [PORT]\n' >>compose.yaml
	[ "$(PORT=shell port_of coracle run --rm -T a env)" = PORT=shell ]
	[ "$(port_of coracle run --rm -T a env)" = none ]
	echo PORT=dotenv >.env
	[ "$(port_of coracle run --rm -T a env)" = PORT=dotenv ]
	[ "$(PORT='' port_of coracle run --rm -T a env)" = PORT= ]
}

@test "completion offers services whose env_file is missing" {
	project completed <<-'YAML'
	services:
	  one: {image: busybox}
	  two: {image: busybox, env_file: /nosuch/file}
	YAML
	expect 0 coracle __complete exec ''
	is $'one\ntwo'
	# As Docker's completion asks: without "--".
	expect 0 coracle __complete -f "$PWD/compose.yaml" exec ''
	is $'one\ntwo'
	# What a command in a container is called, nobody knows; values of options are known, or not.
	for words in "exec one " "exec -e " "up --timeout "; do
		mapfile -t -d ' ' typed <<<"$words"
		typed[-1]=''
		expect 0 coracle __complete -- "${typed[@]}"
		is ''
	done
	expect 0 coracle __complete -- up --pull ''
	is $'always\nmissing\nnever'
	expect 0 coracle __complete -- up --pull=m
	is --pull=missing
	expect 0 coracle __complete -- up --pull = m
	is missing
	expect 0 coracle __complete -- --progress p
	is plain
	expect 0 coracle __complete -- compose up --scale t
	is two=
	expect 0 coracle __complete -- image inspect busy
	is busybox:latest
	expect 0 coracle __complete -- container kill --signal SIGT
	is SIGTERM
}

@test "a raw env_file keeps quotes and dollars" {
	project raw <<-'YAML'
	services:
	  a: {image: busybox, command: env, env_file: [{path: raw.env, format: raw}]}
	YAML
	# shellcheck disable=SC2016
	printf '%s\n' 'JSON={"a": "b"}' "QUOTED='x'" 'DOLLAR=$HOME # kept' >raw.env
	expect 0 coracle run --rm -T a
	has 'JSON={"a": "b"}'
	has "QUOTED='x'"
	# shellcheck disable=SC2016
	has 'DOLLAR=$HOME # kept'
}

@test "a missing env_file matters only to who needs it" {
	project unused <<-'YAML'
	services:
	  a: {image: busybox, command: sleep 3600, stop_signal: SIGKILL}
	  b: {image: busybox, command: sleep 3600, env_file: nowhere.env}
	YAML
	expect 0 coracle up -d a
	expect 0 coracle ps
	expect 0 coracle logs
	expect 0 coracle exec -T a true
	expect 0 coracle scale a=2
	for arguments in 'scale b=1' 'up -d' 'config --hash b' 'config --hash *' config; do
		read -ra list <<<"$arguments"
		expect 1 coracle "${list[@]}"
		has_error "compose.yaml:3:54: services.b.env_file[0]: env file $PWD/nowhere.env not found"
	done
	expect 0 coracle config --no-env-resolution
	expect 0 coracle down
}

@test ".env chooses file, profiles and name" {
	project chosen <<-'YAML'
	services: {wrong: {image: busybox}}
	YAML
	printf 'COMPOSE_FILE=other.yaml\nCOMPOSE_PROFILES=extra\nCOMPOSE_PROJECT_NAME=elsewhere\n' >.env
	echo 'services: {gated: {image: busybox, command: sleep 3600, stop_signal: SIGKILL, profiles: [extra]}}' >other.yaml
	expect 0 coracle up -d
	expect 0 coracle ps --format '{{.Name}}'
	is elsewhere-gated-1
	expect 0 coracle down
	# The option replaces the variable.
	expect 0 coracle --profile more config --services
	is ''
	expect 0 coracle --profile extra config --services
	is gated
}

@test "variables of an include's .env reach its secrets, configs and env_file" {
	project included <<-'YAML'
	include: [team/compose.yaml]
	YAML
	mkdir team
	printf 'TEAM_TOKEN=%s\nTEAM=red\n' "$token" >team/.env
	# shellcheck disable=SC2016
	echo 'FROM_FILE=${TEAM}' >team/a.env
	cat >team/compose.yaml <<-'YAML'
	services:
	  a:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	    env_file: a.env
	    secrets: [s]
	    configs: [c]
	secrets: {s: {environment: TEAM_TOKEN}}
	configs: {c: {content: "of ${TEAM}"}}
	YAML
	expect 0 coracle up -d
	expect 0 coracle exec -T a cat /run/secrets/s /c
	is "${token}of red"
	expect 0 coracle exec -T a env
	has FROM_FILE=red
	expect 0 coracle config
	lacks "$token"
}

@test "config --hash is the container's label" {
	project hashes <<-'YAML'
	services:
	  plain: {image: busybox, command: sleep 3600, stop_signal: SIGKILL}
	  with: {image: busybox, command: sleep 3600, stop_signal: SIGKILL, env_file: [one.env, {path: no.env, required: false}]}
	YAML
	echo A=1 >one.env
	expect 0 coracle up -d
	expect 0 coracle config --hash '*'
	for service in plain with; do
		has "$service $(inspect_of "hashes-$service-1" '{{index .Config.Labels "com.docker.compose.config-hash"}}')"
	done
}

@test "run -e NAME and --env-from-file see the project's environment" {
	project runenv <<-'YAML'
	services: {a: {image: busybox, stop_signal: SIGKILL}}
	YAML
	echo 'FROM_DOT=dot' >.env
	# shellcheck disable=SC2016
	echo 'COPY=${FROM_DOT}-copied' >run.env
	expect 0 coracle run --rm -T -e FROM_DOT --env-from-file run.env a env
	has FROM_DOT=dot
	has COPY=dot-copied
	expect 0 coracle down
}

@test "without PWD, and from elsewhere, paths and .env are the project's" {
	mkdir -p there/app
	echo 'V=mine' >there/.env
	echo 'V=its' >there/app/.env
	# shellcheck disable=SC2016
	echo 'services: {a: {image: "x:$V", volumes: ["${PWD}/data:/data"]}}' >there/app/compose.yaml
	cd there
	NO_DOWN=1 expect 0 env -u PWD "$CORACLE" -f app/compose.yaml config
	has 'image: x:its'
	has "source: $PWD/data"
}

@test "what one service cannot have refuses neither the others nor a look" {
	project partly <<-'YAML'
	services:
	  web: {image: busybox, command: sleep 3600, stop_signal: SIGKILL, container_name: same}
	  gpu: {image: busybox, gpus: all, runtime: nvidia}
	  twin: {image: busybox, container_name: same, profiles: [off]}
	  none: {networks: [gone]}
	YAML
	expect 1 coracle up -d
	has_error 'services.gpu.gpus: is not supported'
	has_error 'service "none" has neither an image nor a build context'
	expect 0 coracle up -d web
	for command in ps logs 'ps -q' 'top web' stop 'rm -f'; do
		read -ra words <<<"$command"
		expect 0 coracle "${words[@]}"
	done
	expect 1 coracle config
	expect 0 coracle config gpu
	has 'count: -1'
	expect 0 coracle down
}
