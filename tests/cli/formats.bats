#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Lists: rows, filters, and formats of container ls and ps.

load helper

# names FILTER...: the containers that are listed, by name.
names()
{
	local filter options=()
	for filter; do
		options+=(--filter "$filter")
	done
	coracle container ls -a --format '{{.Names}}' "${options[@]}" | sort | tr '\n' ' '
}

@test "container ls filters by what a container is, has and does" {
	project lists <<-'YAML'
	name: l
	services:
	  web:
	    image: busybox
	    command: ["sh", "-c", "sleep 1000"]
	    expose: ["9000"]
	    ports: ["8085:80", "90-91:90-91/udp"]
	    volumes: ["data:/data", "/tmp:/host"]
	    tmpfs: /short
	    labels: {tier: front}
	    healthcheck: {test: "true", interval: 3600s}
	    stop_signal: SIGKILL
	  old: {image: busybox, command: sh -c "exit 3", network_mode: none}
	volumes: {data: }
	YAML
	coracle up -d >/dev/null 2>&1
	eventually 10 state_is l-old-1 exited
	eventually 10 health_is l-web-1 healthy

	[ "$(names ancestor=busybox)" = 'l-old-1 l-web-1 ' ]
	[ -z "$(names ancestor=nothing)" ]
	[ "$(names exited=3)" = 'l-old-1 ' ]
	[ -z "$(names exited=0)" ]
	[ "$(names health=healthy)" = 'l-web-1 ' ]
	[ "$(names health=none)" = 'l-old-1 ' ]
	[ "$(names "id=$(coracle container ls -q --filter name=web)")" = 'l-web-1 ' ]
	[ "$(names 'name=^l-web')" = 'l-web-1 ' ]
	[ "$(names 'name=^/l-old-1$')" = 'l-old-1 ' ]
	[ "$(names network=l_default)" = 'l-web-1 ' ]
	[ "$(names "network=$(coracle network inspect -f "{{.Id}}" l_default | cut -c 1-12)")" = 'l-web-1 ' ]
	[ "$(names network=none)" = 'l-old-1 ' ]
	[ "$(names publish=8085)" = 'l-web-1 ' ]
	[ -z "$(names publish=80)" ]
	[ "$(names publish=80-91/udp)" = 'l-web-1 ' ]
	[ "$(names expose=80)" = 'l-web-1 ' ]
	[ "$(names expose=9000/tcp)" = 'l-web-1 ' ]
	[ "$(names volume=l_data)" = 'l-web-1 ' ]
	[ "$(names volume=/data)" = 'l-web-1 ' ]
	[ "$(names is-task=false)" = 'l-old-1 l-web-1 ' ]
	[ -z "$(names is-task=true)" ]
	[ "$(names status=exited status=running label=tier=front)" = 'l-web-1 ' ]
	local first last
	last=$(coracle container ls -l --format '{{.Names}}')
	first=$(coracle container ls -n 5 --format '{{.Names}}' | tail -n 1)
	[ "$first" != "$last" ]
	[ "$(names "since=$first")" = "$last " ]
	[ "$(names "before=$last")" = "$first " ]
	expect 1 coracle container ls --filter since=nothing
	has_error 'no such container: nothing'
	expect 1 coracle container ls --filter health=ill
	has_error 'unknown health'

	expect 0 coracle container ls --format '{{.Ports}}'
	is '0.0.0.0:90-91->90-91/udp, [::]:90-91->90-91/udp, 9000/tcp, 0.0.0.0:8085->80/tcp, [::]:8085->80/tcp'
	expect 0 coracle container ls --format '{{.Command}} {{.LocalVolumes}} {{.Mounts}} {{.Platform}}'
	[[ "$output" =~ ^'"sh -c '\''sleep 1000'\''" 1 l_data,/tmp linux/'[a-z0-9_]+$ ]] || fail "$output"
	expect 0 coracle container ls -a --format 'table {{.Names}}\t{{.Networks}}\t{{.HealthStatus}}' --filter name=l-
	matches '^NAMES +NETWORKS +HEALTH STATUS'
	matches 'l-web-1 +l_default +healthy'
}

@test "sizes are counted only when they are asked for" {
	project sizes <<-'YAML'
	services:
	  x: {image: busybox, command: sleep 1000, stop_signal: SIGKILL}
	YAML
	coracle up -d >/dev/null 2>&1
	coracle exec x sh -c 'head -c 5000 /dev/zero >/written'
	expect 0 coracle container ls
	lacks SIZE
	expect 0 coracle container ls -s
	matches ' SIZE.*kB \(virtual [0-9.]+MB\)$'
	expect 0 coracle container ls --format '{{.Size}}'
	matches '^[0-9.]+kB \(virtual'
	expect 0 coracle container ls --format json
	has '"Size":"0B"'
	mkdir settings
	echo '{"psFormat": "{{.Names}}={{.Size}}"}' >settings/config.json
	export DOCKER_CONFIG=$PWD/settings
	expect 0 coracle container ls
	unset DOCKER_CONFIG
	matches '^sizes-x-1=[0-9.]+kB'
}

@test "a container whose image has another name now is shown with the image's id" {
	project renamed <<-'YAML'
	services:
	  x: {build: {dockerfile_inline: "FROM busybox\nLABEL a=1\n"}, command: sleep 1000, stop_signal: SIGKILL}
	YAML
	coracle up -d >/dev/null 2>&1
	[ "$(coracle container ls --format '{{.Image}}')" = renamed-x ]
	coracle image tag busybox renamed-x
	[ "$(coracle container ls --format '{{.Image}}')" = "$(inspect_of renamed-x-1 '{{.Image}}' | cut -c 8-19)" ]
	coracle image rm renamed-x >/dev/null
}

@test "a template that cannot be read is refused before anything is looked up, as Docker does" {
	expect 64 coracle inspect -f '{{.Name' busybox
	has_error 'template parsing error: template: :1: unclosed action'
	expect 64 coracle image inspect -f '{{nosuch .}}' busybox
	has_error 'function "nosuch" not defined'
	expect 1 coracle image inspect -f '{{.Nope}}' busybox
	is ''
	has_error 'template parsing error: template: :1:2: executing "" at <.Nope>: map has no entry for key "Nope"'
	expect 1 coracle inspect -f '{{.Id}}' busybox nothing
	matches '^sha256:'
	has_error nothing
	expect 1 coracle container ls --format '{{if}}'
	has_error 'missing value for if'
	[ "$(coracle image inspect -f '{{slice .Id 0 6}} {{.Config.Entrypoint}} {{json .Config.Entrypoint}} {{index .Config.Labels "x"}}|' busybox)" = \
		'sha256 [] null |' ]
}

@test "formats of config.json stand in for those that are not given" {
	mkdir "$BATS_TEST_TMPDIR/config"
	cat >"$BATS_TEST_TMPDIR/config/config.json" <<-'JSON'
	{"imagesFormat": "i {{.Repository}}", "networksFormat": "n {{.Name}}", "volumesFormat": "v {{.Name}}",
	 "psFormat": "table {{.Names}}\t{{.Label \"com.docker.compose.service\"}}", "statsFormat": "s {{.Name}}"}
	JSON
	project settings <<-'YAML'
	services:
	  x: {image: busybox, command: sleep 1000, stop_signal: SIGKILL, volumes: ["data:/d"]}
	volumes: {data: }
	YAML
	coracle up -d >/dev/null 2>&1
	export DOCKER_CONFIG=$BATS_TEST_TMPDIR/config
	expect 0 coracle image ls
	has 'i busybox'
	expect 0 coracle network ls
	has 'n settings_default'
	expect 0 coracle volume ls
	has 'v settings_data'
	expect 0 coracle container ls
	matches '^NAMES +service'
	matches 'settings-x-1 +x$'
	expect 0 coracle container stats --no-stream
	has 's settings-x-1'
	expect 0 coracle container ls --format '{{.ID}}'
	unset DOCKER_CONFIG
	[ "${#output}" = 12 ]
}
