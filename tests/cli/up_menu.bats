#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The menu of an attached `up` on a terminal.

load helper

# What is left of the screen's lines when what was erased is gone: one line for each that stayed.
screen()
{
	sed -E 's/\x1b\[[0-9;]*m//g; s/^.*\x1b\[K//; s/\r//g' <<<"$output"
}

talker()
{
	project talker <<-YAML
	services:
	  web:
	    image: busybox
	    command: ["sh", "-c", "trap 'exit 0' TERM; echo one; until [ -e /go ]; do sleep 0.05; done; echo two; while :; do sleep 0.05; done"]
	    $1
	YAML
}

@test "d leaves everything running, with code 0" {
	talker
	expect 0 on_terminal 'expect:Detach' 'send:d' -- "$CORACLE" up
	state_is talker-web-1 running
	lacks Stopping
}

@test "the line stands below the output and is not in its way" {
	talker
	expect 0 on_terminal 'expect:Detach' 'send:^M' 'expect:Detach' "run:'$CORACLE' exec -T web touch /go" 'expect:two' \
		'expect:Detach' 'send:d' -- "$CORACLE" up
	screen >lines
	grep -qx 'web-1  | one' lines
	grep -qx 'web-1  | two' lines
	grep -qx '' lines
}

@test "Ctrl-C takes the line away and stops as ever" {
	talker
	expect 130 on_terminal 'expect:Detach' 'send:^C' -- "$CORACLE" up
	after=${output##*Gracefully Stopping}
	[[ "$after" != *Detach* ]]
	state_is talker-web-1 exited
}

@test "the terminal is as it was after each way to end" {
	talker
	for key in d ^C; do
		expect 0 on_terminal 'expect:Detach' "send:$key" 'expect:now:' -- sh -c "
			trap : INT; before=\$(stty -g); '$CORACLE' up; [ \"\$(stty -g)\" = \"\$before\" ]; echo now: \$?"
		has 'now: 0'
	done
}

@test "Ctrl-Z gives the terminal back, fg takes it again" {
	talker
	expect 0 on_terminal 'expect:ready' "send:'$CORACLE' up
" 'expect:Detach' 'send:^Z' 'expect:Stopped' 'send:stty -a | grep -o " echo "; echo line-$((1+1))
' 'expect: echo ' 'expect:line-2' 'send:fg
' 'expect:Detach' 'send:d' 'expect:ready' 'send:exit
' -- env PS1='ready ' bash --norc --noprofile -i
	state_is talker-web-1 running
}

@test "no menu without a terminal, on a dumb one, or when it is not wanted" {
	talker
	expect 130 on_terminal 'expect:one' 'send:^C' -- "$CORACLE" up --menu=false
	lacks Detach
	expect 130 on_terminal 'expect:one' 'send:^C' -- "$CORACLE" --progress plain up
	lacks Detach
	expect 130 on_terminal 'expect:one' 'send:^C' -- env COMPOSE_MENU=false "$CORACLE" up
	lacks Detach
	expect 130 on_terminal 'expect:one' 'send:^C' -- env TERM=dumb "$CORACLE" up
	lacks Detach
	expect 130 on_terminal 'expect:Detach' 'send:^C' -- env COMPOSE_MENU=false "$CORACLE" up --menu
}

@test "w watches and ends watching" {
	talker 'develop: {watch: [{action: sync, path: ./data, target: /data}]}'
	mkdir data
	expect 0 on_terminal 'expect:Enable Watch' 'send:w' 'expect:Watch enabled' 'expect:Disable Watch' \
		'expect:Syncing service "web" after 1 changes' 'expect:Disable Watch' \
		'send:w' 'expect:Watch disabled' 'expect:Enable Watch' 'send:d' -- sh -c "
		{ until [ -e data/enough ]; do sleep 1; echo \$(date +%s%N) >data/file; done; } & writer=\$!
		'$CORACLE' up; code=\$?; touch data/enough; wait \$writer; exit \$code"
	coracle exec web test -e /data/file
}

@test "w without rules says what is missing" {
	talker
	expect 0 on_terminal 'expect:Enable Watch' 'send:w' \
		"expect:none of the selected services is configured for watch, consider setting a 'develop' section" \
		'expect:Detach' 'send:d' -- "$CORACLE" up
}
