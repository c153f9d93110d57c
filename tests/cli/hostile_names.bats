#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Names and working directories that want to lead somewhere else, from a file, a command line and an image.

load helper

# Sanitizers make each command slow: then a share of them.
[ "${VARIANT:-release}" = release ] && each=1 || each=7

file_setup()
{
	inside sh -c 'mkdir -p /mnt/canary && echo canary >/mnt/canary/file'
	# What a first RUN makes below the run directory stays.
	printf 'FROM busybox\nRUN true\n' | coracle image build -q - >/dev/null
}

bad_names()
{
	python3 - "$each" <<-'PY'
	import json, sys
	names = ["..", ".", "../x", "/x", "x/..", "a/b", "a//b", "./x", "-x", "--help", "a b", " a", "a ", "a\nb", "a\tb", "a\x01b",
	    "\x1b[2J", "a\x7fb", "a:b", "a;b", "a|b", "a$(id)", "`id`", "%2e%2e%2fx", "a%00b", "\u202ea", "\u00e9", "\u212a",
	    "n" * 300, "_" * 1000, "a*", "a?b", "~root", "a\\b", "a'b", 'a"b']
	for name in names[::int(sys.argv[1])]:
	    print(json.dumps(name))
	PY
}

# refused FILE_TEXT NAME: a name of an object in a compose file.
refused()
{
	printf '%s\n' "${1//NAME/$2}" >compose.yaml
	run coracle create
	[ "$status" = 1 ] || fail "taken: ${1//NAME/$2}" "$output"
}

@test "names that are paths, options or worse are refused in files, for six kinds of objects" {
	local name text
	local -a texts=('services: {x: {image: busybox, container_name: NAME}}'
		'services: {NAME: {image: busybox}}'
		'services: {x: {image: busybox, volumes: ["v:/v"]}}
volumes: {v: {name: NAME}}'
		'services: {x: {image: busybox}}
networks: {default: {name: NAME}}'
		'services: {x: {image: busybox, configs: [s]}}
configs: {s: {external: true, name: NAME}}'
		'services: {x: {image: busybox, secrets: [s]}}
secrets: {s: {external: true, name: NAME}}')
	while read -r name; do
		for text in "${texts[@]}"; do
			refused "$text" "${name//\$/\$\$}"
		done
	done < <(bad_names)
	rm compose.yaml
	expect 0 coracle container ls -aq
	is ''
}

@test "the same names are refused on the command line" {
	local name
	local -a verbs=('container create --name=NAME busybox true' 'volume create -- NAME' 'network create -- NAME'
		'secret create -- NAME -' 'container rename -- no-such NAME'
		'image tag -- busybox NAME/:x')
	while read -r name; do
		name=$(jq -r . <<<"$name"; echo .)
		name=${name%??}
		for verb in "${verbs[@]}"; do
			local -a words=()
			for word in $verb; do
				words+=("${word//NAME/$name}")
			done
			run coracle "${words[@]}" </dev/null
			[ "$status" != 0 ] || fail "taken: $(printf '%q ' "${words[@]}")"
		done
	done < <(bad_names)
	expect 0 coracle container ls -aq
	is ''
	expect 0 coracle volume ls -q
	is ''
}

# no_way_out WORD...: the command does not succeed, and shows nothing of the canary.
no_way_out()
{
	if [ "$1" != image ]; then
		set -- "$@" cat ../../../../mnt/canary/file
	fi
	if coracle "$@" >said 2>&1 || grep -qx '.*canary' said; then
		fail "$*: $(cat said)"
	fi
}

@test "no descriptor of ours is a way out as a working directory: of a run, an exec, a build" {
	local n
	project wd <<-'YAML'
	services:
	  x: {image: busybox, command: sleep 3600, stop_signal: SIGKILL}
	YAML
	expect 0 coracle up -d
	for n in $(seq 0 "$each" 63); do
		no_way_out exec -T -w "/proc/self/fd/$n" x
		no_way_out run --rm -T -w "/proc/self/fd/$n" x
		printf 'FROM busybox\nWORKDIR /proc/self/fd/%s\nRUN cat ../../../../mnt/canary/file\n' "$n" >Dockerfile
		no_way_out image build --progress plain .
	done
}
