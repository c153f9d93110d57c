#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# container run and container create: the process, its streams and exit codes.

load helper

@test "run prints what the command prints and returns its code" {
	expect 0 coracle container run --rm busybox echo hello
	is hello
	expect 7 coracle container run --rm busybox sh -c 'exit 7'
	expect 0 coracle container run --rm busybox sh -c 'echo out; echo err >&2'
	is out
	[ "$stderr" = err ]
	expect 0 coracle container ls -aq
	is ''
}

@test "what cannot start is 125, 126 or 127, and leaves nothing with --rm" {
	expect 127 coracle container run --rm busybox no-such-command
	expect 126 coracle container run --rm busybox /etc/passwd
	expect 125 coracle container run --rm --network nosuch busybox true
	expect 125 coracle container run --rm --cap-add NOTHING busybox true
	expect 0 coracle container ls -aq
	is ''
}

@test "who was to be removed at its end, and cannot start, is removed" {
	local how
	for how in start "start -a"; do
		coracle container create --rm --name short -v /anonymous busybox /nope
		# shellcheck disable=SC2086
		expect 1 coracle container $how short
		expect 0 coracle container ls -aq
		is ""
		expect 0 coracle volume ls -q
		is ""
	done
	# What runs, or could, stays.
	coracle container run -d --rm --name held busybox sleep 1000
	coracle container pause held
	expect 1 coracle container start held
	expect 0 coracle container unpause held
	expect 0 coracle container exec held true
	coracle container rm -f held
}

@test "run -d prints the id, --name names it, and -i passes input on" {
	expect 0 coracle container run -d --name box busybox sleep 100
	matches '^[0-9a-f]{64}$'
	expect 0 coracle container inspect -f '{{.Name}} {{.State.Status}}' "$output"
	is '/box running'
	expect 125 coracle container run -d --name box busybox true
	expect 0 coracle container rm -f box
	expect 0 coracle container run -i --rm busybox cat <<<'some text'
	is 'some text'
}

@test "run -d --rm goes when it has ended, with its anonymous volumes" {
	coracle container run -d --rm --name box -v /anonymous busybox sleep 0.2
	eventually 10 gone box
	expect 0 coracle volume ls -q
	is ''
}

@test "environment, user, directory, hostname, labels are as asked for" {
	printf 'A=from file\n# a comment\nOURS\nNOT_OURS\n' >vars
	printf 'l1=x\nl2\n' >labels
	OURS=passed expect 0 coracle container run --rm --env-file vars -e B=2 -e OURS -e PATH= -u 33:44 \
		-w /tmp -h host --domainname example busybox /bin/sh -c \
		'echo "$A,$B,$OURS,${NOT_OURS-unset},$PATH,$(/bin/busybox id -u):$(/bin/busybox id -g),$(pwd),$(/bin/busybox hostname)"'
	is 'from file,2,passed,unset,,33:44,/tmp,host'
	expect 0 coracle container create --label-file labels -l l1=y --name c busybox
	expect 0 coracle container inspect -f '{{json .Config.Labels}}' c
	has '"l1":"y"'
	has '"l2":""'
	expect 0 coracle container rm c
}

@test "proxies of Docker's config.json are the container's" {
	mkdir config
	echo '{"proxies": {"default": {"httpProxy": "http://proxy:3128", "noProxy": "localhost"}}}' >config/config.json
	DOCKER_CONFIG=$PWD/config expect 0 coracle container run --rm -e NO_PROXY=mine busybox \
		sh -c 'echo $HTTP_PROXY $http_proxy $NO_PROXY $no_proxy'
	is 'http://proxy:3128 http://proxy:3128 mine localhost'
}

@test "who has no name gets one of two words" {
	expect 0 coracle container create busybox
	expect 0 coracle container inspect -f '{{.Name}}' "$output"
	matches '^/[a-z]+_[a-z]+$'
	expect 0 coracle container rm "${output#/}"
}

@test "the help lists all options in order" {
	expect 0 coracle container run --help
	options=$(sed -n 's/^ *\(-., \)\?--\([a-z0-9-]*\).*/\2/p' <<<"$output")
	[ "$(wc -l <<<"$options")" -gt 80 ]
	[ "$options" = "$(LC_ALL=C sort <<<"$options")" ]
}
