#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# provider: a program instead of containers.

load helper

# The program notes how it is called in ./calls and says what is in ./says.
provided()
{
	project "$1" <<-'YAML'
	services:
	  web:
	    image: busybox
	    command: sh -c 'env | grep -E "^(MY_DB|PLAIN|KEPT)" | sort; exec sleep 3600'
	    stop_signal: SIGKILL
	    environment: {KEPT: own, PLAIN: own}
	    depends_on: [my-db]
	  other: {image: busybox, command: sh -c 'env; exec sleep 3600', stop_signal: SIGKILL}
	  my-db:
	    provider:
	      type: cloud-db
	      options: {size: 3, fast: true, tag: [one, two], name: "a b"}
	YAML
	cat >cloud-db <<-'SH'
	#!/bin/sh
	here=$(dirname "$0")
	if [ "$2" = metadata ]; then
		echo asked >>"$here/asked"
		echo 'what is that?' >&2
		cat "$here/metadata" 2>/dev/null
		exit
	fi
	for word; do printf '[%s]' "$word"; done >>"$here/calls"
	echo " $FROM_DOTENV" >>"$here/calls"
	cat "$here/says"
	exit "$(cat "$here/status" 2>/dev/null || echo 0)"
	SH
	chmod +x cloud-db
	echo FROM_DOTENV=seen >.env
	cat >says <<-'JSON'
	{"type": "info", "message": "pulling strings"}
	{"type": "debug", "message": "quiet"}
	{"type": "setenv", "message": "URL=db://1"}
	{"type": "rawsetenv", "message": "PLAIN=given"}
	JSON
	PATH=$PWD:$PATH
}

@test "a provider is told up and down with its options, and what it sets reaches its dependents" {
	provided told
	expect 0 coracle up -d
	[[ "$stderr" == *'pulling strings'* ]] || fail "$stderr"
	[[ "$stderr" != *'what is that'* ]] || fail "$stderr"
	has_error 'provider "my-db" overrides environment variable "PLAIN" in service "web"'
	[ "$(cat asked)" = asked ]
	[ "$(cat calls)" = '[compose][--project-name=told][up][--size=3][--fast=true][--tag=one][--tag=two][--name=a b][my-db] seen' ] ||
		fail "$(cat calls)"
	eventually 10 logged 1 KEPT=own web
	expect 0 coracle logs --no-log-prefix web
	is $'KEPT=own\nMY_DB_URL=db://1\nPLAIN=given'
	expect 0 coracle logs --no-log-prefix other
	lacks MY_DB
	[ "$(names)" = $'told-other-1\ntold-web-1' ]
	# The same values change nothing, others make its dependents anew.
	id=$(inspect_of told-web-1 '{{.Id}}') other=$(inspect_of told-other-1 '{{.Id}}')
	expect 0 coracle up -d
	[ "$(inspect_of told-web-1 '{{.Id}}')" = "$id" ]
	sed -i s/1/2/ says
	expect 0 coracle up -d
	[ "$(inspect_of told-web-1 '{{.Id}}')" != "$id" ]
	[ "$(inspect_of told-other-1 '{{.Id}}')" = "$other" ]
	expect 0 coracle run --rm web sh -c 'echo $MY_DB_URL'
	is db://2
	: >calls
	expect 0 coracle down
	[ "$(cat calls)" = '[compose][--project-name=told][down][--size=3][--fast=true][--tag=one][--tag=two][--name=a b][my-db] seen' ]
}

@test "what a provider does wrong is named" {
	export NO_DOWN=1
	provided wrong
	echo 3 >status
	expect 1 coracle up -d
	has_error "service \"my-db\": provider 'cloud-db'"
	has_error 'exited with status 3'
	rm status
	echo '{"type": "error", "message": "no credit left"}' >says
	expect 1 coracle up -d
	has_error 'no credit left'
	echo 'not JSON' >says
	expect 1 coracle up -d
	has_error 'a line of its output'
	sed -i 's/type: cloud-db/type: no-such-cloud/' compose.yaml
	expect 1 coracle up -d
	has_error "neither a program 'no-such-cloud' in the PATH nor a plugin 'docker-no-such-cloud'"
	sed -i 's/type: no-such-cloud/type: ..\/cloud-db/' compose.yaml
	expect 1 coracle up -d
	has_error 'cannot be a provider'
	[ -z "$(coracle container ls -aq)" ]
}

@test "what a provider says of itself decides what it is told, and whether it is told to stop" {
	provided described
	expect 0 coracle up -d
	: >calls
	expect 0 coracle stop
	[ ! -s calls ] || fail "$(cat calls)"
	cat >metadata <<-'JSON'
	{"description": "clouds", "up": {"parameters": [{"name": "size", "required": true}, {"name": "zone"}]},
	 "down": {"parameters": []}, "stop": {"parameters": [{"name": "fast"}]}}
	JSON
	expect 0 coracle up -d
	[ "$(cat calls)" = '[compose][--project-name=described][up][--size=3][my-db] seen' ] || fail "$(cat calls)"
	: >calls
	expect 0 coracle stop
	has_error 'my-db Stopped'
	[ "$(cat calls)" = '[compose][--project-name=described][stop][--fast=true][my-db] seen' ] || fail "$(cat calls)"
	sed -i 's/"zone"/"zone", "required": true/' metadata
	expect 1 coracle up -d
	has_error 'required parameter "zone" is missing from provider "cloud-db" definition'
}

@test "prefixes of the log leave no room for the names of providers" {
	provided narrow
	cat >>compose.yaml <<-'YAML'
	  short: {image: busybox, command: echo done, depends_on: [a-provider-of-a-long-name]}
	  a-provider-of-a-long-name: {provider: {type: cloud-db}}
	YAML
	expect 0 coracle up short
	has 'short-1  | done'
}
