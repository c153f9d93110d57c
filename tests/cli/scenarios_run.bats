#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# run, exec, export, and where the values of variables come from (scenarios.list).

load helper

three()
{
	project "$1" <<-'YAML'
	services:
	  back: {image: busybox, command: echo "Hello there!!", depends_on: [db]}
	  db: {image: busybox, command: sleep 3600, stop_signal: SIGKILL}
	  front: {image: busybox, command: sleep 3600, stop_signal: SIGKILL}
	YAML
}

# One-off containers of the project, one a line.
one_offs()
{
	coracle container ls -a --filter label=com.docker.compose.oneoff=True --format '{{.Names}}'
}

@test "run starts what the service needs, shows its output, and keeps the container" {
	three run
	expect 0 coracle run back
	has 'Hello there!!'
	state_is run-db-1 running
	gone run-front-1
	[ "$(one_offs | wc -l)" = 1 ]
	[ "$(inspect_of "$(one_offs)" '{{.State.ExitCode}}')" = 0 ]
	expect 0 coracle run back echo 'another one'
	has 'another one'
	[ "$(one_offs | wc -l)" = 2 ]
	expect 0 coracle down -t 0 --remove-orphans
}

@test "run --rm removes its own container, no earlier one" {
	three rm
	expect 0 coracle run back
	before=$(one_offs)
	expect 0 coracle run --rm back echo once
	has once
	[ "$(one_offs)" = "$before" ]
	expect 0 coracle down -t 0 --remove-orphans
}

@test "run --volumes mounts a directory of the host" {
	three volumes
	mkdir data
	touch data/a-file
	expect 0 coracle run --rm --no-deps --volumes "$PWD/data:/foo" back ls /foo
	has a-file
}

@test "run of one service starts no other that needs the same; --no-deps starts nothing" {
	project deps <<-'YAML'
	services:
	  service_a: {image: busybox, command: echo a, depends_on: [shared_dep]}
	  service_b: {image: busybox, command: sleep 3600, stop_signal: SIGKILL, depends_on: [shared_dep]}
	  shared_dep: {image: busybox, command: sleep 3600, stop_signal: SIGKILL}
	YAML
	expect 0 coracle run --rm --no-deps service_a
	run names
	is ''
	expect 0 coracle run --rm service_a
	run names
	is deps-shared_dep-1
}

@test "run leaves an optional dependency of a profile that is not active" {
	project optional <<-'YAML'
	services:
	  foo:
	    image: busybox
	    command: echo foo
	    depends_on: {bar: {required: false, condition: service_started}}
	  bar: {image: busybox, command: sleep 3600, profiles: [not-now]}
	YAML
	expect 0 coracle run --rm foo
	is foo
	run names
	is ''
}

@test "what run --rm -d has made goes by itself when it is stopped from outside" {
	project stopped <<<'services: {a: {image: busybox, command: sleep 3600, stop_signal: SIGTERM, init: true}}'
	expect 0 coracle run --rm -d a
	container=$output
	state_is "$container" running
	expect 0 coracle container stop "$container"
	eventually 5 gone "$container"
}

piped()
{
	project piped <<<'services: {piped: {image: busybox, command: cat}}'
}

@test "run reads what is piped, without a terminal" {
	piped
	run -0 bash -c "$(declare -f coracle inside); echo input | coracle run --rm piped"
	has input
	run -0 bash -c "$(declare -f coracle inside); echo input | coracle run --rm -i piped"
	has input
	run -0 bash -c "$(declare -f coracle inside); echo input | coracle run --rm piped sh -c 'tty; exit 0'"
	has 'not a tty'
}

@test "run with a terminal that there is not is an error, however it is asked for" {
	piped
	for option in -t -it --no-tty=false; do
		run bash -c "$(declare -f coracle inside); echo input | coracle run --rm $option piped 2>&1"
		[ "$status" = 1 ] || fail "$option: $status"
		has 'because stdin is not a terminal'
	done
}

@test "exec gives the command's code, and -e NAME passes on what is set" {
	three exec
	expect 0 coracle up -d db
	expect 0 coracle exec -T db /bin/true
	expect 1 coracle exec -T db /bin/false
	expect 1 coracle exec -T -e FOO db /usr/bin/env sh -c 'env | grep FOO'
	export FOO=BAR
	expect 0 coracle exec -T -e FOO db sh -c 'env | grep FOO'
	is FOO=BAR
	unset FOO
}

@test "exec reaches a one-off when there is nothing else; --index is of replicas" {
	project one <<<'services: {simple: {image: busybox, command: sleep 3600, stop_signal: SIGKILL}}'
	expect 0 coracle run -d simple
	expect 0 coracle exec -T simple printf inside
	is inside
	expect 1 coracle exec -T --index 1 simple true
	has_error 'service "simple" is not running container #1'
	expect 0 coracle down -t 0 --remove-orphans
}

@test "export writes the replica that is asked for" {
	project export <<<'services: {a: {image: busybox, scale: 2, command: sleep 3600, stop_signal: SIGKILL, tmpfs: []}}'
	expect 0 coracle up -d
	expect 0 coracle exec -T --index 1 a touch /first
	expect 0 coracle exec -T --index 2 a touch /second
	expect 0 coracle export -o one.tar --index 1 a
	expect 0 coracle export -o two.tar --index 2 a
	tar tf one.tar | grep -qx first
	! tar tf one.tar | grep -qx second || fail one
	tar tf two.tar | grep -qx second
}

# whoami [RUN OPTION...]: what the container sees of WHEREAMI, which its image sets.
whereami()
{
	coracle "${global[@]}" run --rm "$@" env-compose-priority | sed -n 's/^WHEREAMI=//p'
}

@test "who wins of image, .env, --env-file, the shell and run -e" {
	printf 'FROM busybox\nENV WHEREAMI=Dockerfile\nCMD ["env"]\n' >Dockerfile
	expect 0 coracle image build -q -t env-priority .
	global=()
	project priority <<<'services: {env-compose-priority: {image: env-priority, pull_policy: never}}'
	[ "$(whereami)" = Dockerfile ]
	echo 'WHEREAMI=override' >.env.override
	echo 'WHEREAMI=.env' >.env
	echo '# nothing' >.env.empty
	[ "$(whereami)" = Dockerfile ]
	[ "$(whereami -e WHEREAMI)" = .env ]
	global=(--env-file .env.override)
	[ "$(whereami -e WHEREAMI)" = override ]
	export WHEREAMI=shell
	[ "$(whereami -e WHEREAMI)" = shell ]
	[ "$(whereami -e WHEREAMI=by-hand)" = by-hand ]
	unset WHEREAMI
	global=(--env-file .env.empty)
	[ "$(whereami -e WHEREAMI)" = Dockerfile ]
	global=()
	export COMPOSE_ENV_FILES=.env.override
	[ "$(whereami -e WHEREAMI)" = override ]
	unset COMPOSE_ENV_FILES
	# What the file sets gives way to run -e, with the shell's value.
	sed -i 's/pull_policy/environment: {WHEREAMI: Compose File}, pull_policy/' compose.yaml
	[ "$(whereami)" = 'Compose File' ]
	export WHEREAMI=shell
	[ "$(whereami)" = 'Compose File' ]
	[ "$(whereami -e WHEREAMI)" = shell ]
	unset WHEREAMI
	expect 0 coracle image rm -f env-priority
}

@test "comments in .env begin behind a blank, quotes keep all" {
	project comments <<<'services: {a: {image: busybox, command: env}}'
	cat >.env <<-'EOF2'
	BARE=1234#5
	QUOTED="1234#5"
	BLANK=1234 #5
	EMPTY= # nothing
	EOF2
	expect 0 coracle run --rm -e BARE -e QUOTED -e BLANK -e EMPTY a
	matches $'(^|\n)BARE=1234#5(\n|$)'
	matches $'(^|\n)QUOTED=1234#5(\n|$)'
	matches $'(^|\n)BLANK=1234(\n|$)'
	matches $'(^|\n)EMPTY=(\n|$)'
}

@test "the project directory says which compose file" {
	mkdir -p "$BATS_TEST_TMPDIR/dev"
	cd "$BATS_TEST_TMPDIR"
	echo 'services: {hello: {image: busybox}}' >compose.yaml
	echo 'services: {of_dev: {image: busybox}}' >dev/compose.yaml
	expect 0 coracle --project-directory dev config --services
	is of_dev
}

@test "of two .env files that of the working directory wins" {
	project nested <<<'services: {echo: {image: busybox, command: "echo ${ROOT-} ${SUB-} ${WIN-}"}}'
	printf 'ROOT=root\nWIN=root\n' >.env
	mkdir sub
	printf 'SUB=sub\nWIN=sub\n' >sub/.env
	expect 0 coracle run --rm echo
	is 'root root'
	cd sub
	expect 0 coracle run --rm echo
	is 'root sub sub'
}
