#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# What people see while hooks and providers take their time: the line of the service goes on, and says for what.

load terminal_helper

# Two services: one that has hooks in its container, one with a hook before it; they end when ./gate has "open".
hooked()
{
	project hooked <<-'YAML'
	services:
	  after:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	    network_mode: none
	    volumes: ["./gate:/gate"]
	    post_start: [{command: sh -c "until grep -q open /gate; do sleep 0.1; done"}]
	    pre_stop: [{command: sh -c "until grep -q open /gate; do sleep 0.1; done"}]
	  before:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	    network_mode: none
	    volumes: ["./gate:/gate"]
	    pre_start: [{command: sh -c "until grep -q open /gate; do sleep 0.1; done"}]
	YAML
	: >gate
	echo open >open
}

@test "hooks in a container and before it: time passes, and their services say what they wait for" {
	hooked
	session '24 80' 0 'screen:Starting +[1-9][0-9]*\.[0-9]s' show: 'run:cp open gate' -- "$CORACLE" up -d after
	is '[+] up 0/1: 1 starting
 ~ Container hooked-after-1  Starting TIME  waits for post_start
--
[+] up 1/1
 ✔ Container hooked-after-1  Started TIME'
	: >gate
	session '24 80' 0 'screen:-0 +Waiting +[1-9][0-9]*\.[0-9]s' show: 'run:cp open gate' -- "$CORACLE" up -d before
	is '[+] up 0/2: 1 waiting
 ~ Container hooked-before-1            Created TIME  waits for pre_start
 ~ Container hooked-before-pre_start-0  Waiting TIME
--
[+] up 2/2
 ✔ Container hooked-before-1            Started TIME
 ✔ Container hooked-before-pre_start-0  Exited TIME'
	: >gate
	session '24 100' 0 'screen:Stopping +[1-9][0-9]*\.[0-9]s' show: 'run:cp open gate' -- "$CORACLE" stop after
	is '[+] stop 0/1: 1 stopping
 ~ Container hooked-after-1  Stopping TIME  waits for pre_stop
--
[+] stop 1/1
 ✔ Container hooked-after-1  Stopped TIME'
}

@test "a hook before a service that fails is marked, and so is the service" {
	hooked
	sed -i 's/pre_start:.*/pre_start: [{command: "false"}]/' compose.yaml
	echo open >gate
	session '24 200' 1 -- "$CORACLE" up -d before
	has '[+] up 0/2: 2 failed
 ✘ Container hooked-before-1            Error TIME  service "before": pre_start[0] exited with status 1: '
	has ' ✘ Container hooked-before-pre_start-0  Error TIME  exited with status 1'
}

# A program that says something and then waits for ./gate to have "open".
provided()
{
	project provided <<-'YAML'
	services:
	  db: {provider: {type: slow-db}}
	YAML
	cat >slow-db <<-'SH'
	#!/bin/sh
	[ "$2" != metadata ] || exit 0
	echo '{"type": "info", "message": "Pulling strings"}'
	until grep -q open gate; do sleep 0.1; done
	SH
	chmod +x slow-db
	PATH=$PWD:$PATH
	: >gate
	echo open >open
}

@test "what a provider says is seen when it says it, and time passes" {
	provided
	session '24 80' 0 'screen:Pulling strings +[1-9][0-9]*\.[0-9]s' show: 'run:cp open gate' -- "$CORACLE" up -d
	is '[+] up 0/1: 1 pulling strings
 ~ db  Pulling strings TIME
--
[+] up 1/1
 ✔ db  Created TIME'
}

@test "a provider that is interrupted is told" {
	provided
	sed -i '2a trap "echo heard >told; exit 3" TERM' slow-db
	inside sh -c 'echo $$ >pid; exec "$0" up -d 2>err' "$CORACLE" &
	eventually 20 grep -q 'Pulling strings' err
	inside kill -INT "$(cat pid)"
	code=0
	wait $! || code=$?
	[ "$code" = 130 ] || fail "$code" "$(cat err)"
	grep -qx heard told
	grep -q "interrupted.*'coracle up -d' goes on" err || fail "$(cat err)"
	echo open >gate
}
