#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# logs.bats - what containers say comes out as they said it, bytes and all, and following goes on as
# long as there is something to follow.

load helper

@test "any byte of a line comes out, and no other" {
	project bytes <<-'YAML'
	services:
	  a: {image: busybox, command: ["printf", 'one\0two, after a zero\nthree\n']}
	  b: {image: busybox, command: ["sh", "-c", "head -c 200000 /dev/zero; echo; echo end"]}
	YAML
	coracle up --no-color >shown
	grep -qaF 'a-1  | one' shown
	printf 'one\0two, after a zero\nthree\n' >expected
	coracle logs --no-log-prefix a >out
	cmp expected out
	coracle container logs bytes-a-1 >out
	cmp expected out
	coracle logs --no-log-prefix b >out
	[ "$(tr -d '\0' <out)" = $'\nend' ]
	[ "$(wc -c <out)" = 200005 ]
}

@test "logs of services go to stdout, those of a container each to its own stream" {
	project streams <<-'YAML'
	services:
	  web: {image: busybox, command: ["sh", "-c", "echo out; echo err >&2; echo more"]}
	YAML
	coracle up >shown 2>&1
	expect 0 coracle logs --no-log-prefix web
	[ "$(sort <<<"$output" | tr '\n' ' ')" = 'err more out ' ]
	[ -z "$stderr" ]
	expect 0 coracle container logs streams-web-1
	is $'out\nmore'
	[ "$stderr" = err ]
}

@test "following goes on with the container that takes another's place" {
	project successor <<-'YAML'
	services:
	  web: {image: busybox, command: ["sh", "-c", "echo at $$NAME; exec sleep 3600"], environment: {NAME: first}, stop_signal: KILL}
	YAML
	coracle up -d
	coracle logs -f --no-color >out 2>&1 3>&- &
	eventually 10 grep -q 'at first' out
	sed -i 's/NAME: first/NAME: second/' compose.yaml
	coracle up -d
	eventually 10 grep -q 'web-1  | at second' out
	coracle up -d --force-recreate
	eventually 10 eval '[ "$(grep -c "web-1  | at second" out)" = 2 ]'
	kill -0 $!
	coracle down
	wait $!
	[ "$(grep -c 'exited with code' out)" = 3 ]
}

@test "following ends when what was to come is removed" {
	project removed <<-'YAML'
	services:
	  a: {image: busybox, command: ["sh", "-c", "echo here; exec sleep 3600"], stop_signal: KILL}
	  b: {image: busybox, command: sleep 3600}
	YAML
	coracle up -d a
	coracle logs -f >out 2>&1 3>&- &
	eventually 10 grep -q here out
	coracle create b
	coracle stop a
	eventually 10 grep -q 'a-1 exited' out
	kill -0 $!
	coracle rm -f
	wait $!
}

@test "a long line counts as one" {
	project long <<-'YAML'
	services:
	  a: {image: busybox, command: ["sh", "-c", "echo first; head -c 100000 /dev/zero | tr '\\0' x; echo; echo last"]}
	YAML
	coracle up -d
	coracle wait a
	coracle logs --no-log-prefix -n 2 >out
	[ "$(wc -lc <out | xargs)" = '2 100006' ]
	expect 0 coracle logs --no-log-prefix -n 1
	is last
	coracle logs --no-color -n 3 >out
	[ "$(grep -c 'a-1  | ' out)" = 3 ]
}

@test "what is no text comes out as JSON that anybody can read" {
	project odd <<-'YAML'
	services:
	  a: {image: busybox, command: sleep 3600, stop_signal: KILL, env_file: odd.env}
	YAML
	printf 'W=caf\351 x\n' >odd.env
	coracle up -d
	coracle run -d --name extra -e V=$'caf\xe9' -l lab=$'l\xff' a
	coracle container commit -m $'caf\xe9' -c $'LABEL z=\xff' extra odd:1
	{
		coracle config --format json
		coracle config
		coracle inspect odd-a-1 extra
		coracle ps -a --format json
		coracle container ls -a --format json
		coracle image inspect odd:1
		coracle image history odd:1 --format json
		coracle --progress json cp a:/$'nosuch\xe9' . 2>&1 || true
	} >out
	iconv -f UTF-8 -t UTF-8 out >/dev/null
	[ "$(grep -c 'caf� x' out)" -ge 4 ]
	coracle exec -T a sh -c 'echo "$W"' >out
	printf 'caf\351 x\n' | cmp - out
	coracle down
	coracle image rm odd:1
}
