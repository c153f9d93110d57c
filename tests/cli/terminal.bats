#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# What people see on a terminal: the screen as it is while something waits, and as it is left. The terminal's
# own model of it is in screen.py.

load terminal_helper

@test "up and down leave the same screen at 50, 80 and 200 columns" {
	local columns
	shop
	for columns in 50 80 200; do
		session "24 $columns" 0 -- "$CORACLE" up -d
		is "$up_screen"
		session "24 $columns" 0 -- "$CORACLE" down -v
		is "$down_screen"
	done
}

@test "an up that waits says for whom, counts what is done, and lets time pass" {
	shop never
	echo never >answer
	session '24 80' 0 'screen:Waiting +[1-9][0-9]*\.[0-9]s' 'screen:Waiting +([2-9]|[0-9]{2,})\.[0-9]s' show: \
		'run:cp answer ready' -- "$CORACLE" up -d
	is "[+] up 2/4: 1 waiting
 ✔ Network shop_front    Created TIME
 ✔ Volume shop_data      Created TIME
 ~ Container shop-db-1   Waiting TIME
 ~ Container shop-web-1  Created TIME  waits for db
--
$up_screen"
	[ "$(grep -c 'shop-db-1' <<<"$output")" = 2 ]
}

resize_meanwhile()
{
	cp never ready
	session '24 80' 0 'screen:Waiting +[1-9][0-9]*\.[0-9]s' 'resize:24 34' 'screen:Waiting +([2-9]|[0-9]{2,})\.[0-9]s' show: \
		'resize:10 120' 'screen:Waiting +([3-9]|[0-9]{2,})\.[0-9]s' show: 'resize:24 80' 'run:cp answer ready' -- \
		sh -c 'echo "\$ a line of the user that is longer than the terminal will be"; exec "$@"' sh \
		"$CORACLE" up -d
	coracle down -v 2>/dev/null
	is "\$ a line of the user that is longe
r than the terminal will be
[+] up 2/4: 1 waiting
 ✔ Netw…shop_front  Created TIME
 ✔ Volu… shop_data  Created TIME
 ~ Cont… shop-db-1  Waiting TIME
 ~ Cont…shop-web-1  Created TIME
--
\$ a line of the user that is longer than the terminal will be
[+] up 2/4: 1 waiting
 ✔ Network shop_front    Created TIME
 ✔ Volume shop_data      Created TIME
 ~ Container shop-db-1   Waiting TIME
 ~ Container shop-web-1  Created TIME  waits for db
--
\$ a line of the user that is longer than the terminal will be
$up_screen"
}

# Who has just asked for the size and draws after it has changed draws for the old one: hence twice.
@test "a terminal that changes its size while something waits has no line twice" {
	shop never
	echo never >answer
	cp ready never
	resize_meanwhile || resize_meanwhile
}

@test "a down that waits for a container lets time pass" {
	project stubborn <<-'YAML'
	services:
	  web: {image: busybox, command: sleep 3600, network_mode: none}
	YAML
	expect 0 coracle up -d
	session '24 50' 0 'screen:Stopping +[1-9][0-9]*\.[0-9]s' show: -- "$CORACLE" down -t 3
	is '[+] down 0/1: 1 stopping
 ~ Container stubborn-web-1  Stopping TIME
--
[+] down 1/1
 ✔ Container stubborn-web-1  Removed TIME'
}

@test "an up that fails says which one and why" {
	project broken <<-'YAML'
	services:
	  web: {image: busybox, command: sleep 3600, network_mode: none, depends_on: {db: {condition: service_healthy}}}
	  db:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	    network_mode: none
	    healthcheck: {test: "echo no space left; exit 7", interval: 100ms, retries: 1}
	YAML
	session '24 200' 1 -- "$CORACLE" up -d
	has '[+] up 0/2: 2 failed
 ✘ Container broken-db-1   Error TIME  dependency "db" failed to start
 ✘ Container broken-web-1  Error TIME  dependency failed to start: '
	matches 'container broken-db-1 is unhealthy: its last check gave 7: no space left
.*dependency failed to start: container broken-db-1 is unhealthy'
}

@test "an attached up lets time pass until there is output, and then writes below" {
	shop never
	echo never >answer
	session '24 80' 130 'screen:Waiting +[1-9][0-9]*\.[0-9]s' show: 'run:cp answer ready' 'screen:web is up' 'send:^C' -- \
		"$CORACLE" up --menu=false
	has 'Attaching to db-1, web-1
[+] up 2/4: 1 waiting
 ✔ Network shop_front    Created TIME
 ✔ Volume shop_data      Created TIME
 ~ Container shop-db-1   Waiting TIME
 ~ Container shop-web-1  Created TIME  waits for db
--'
	[[ "$output" = *'--
Attaching to db-1, web-1
[+] up '*'
web-1  | web is up
'*'Gracefully Stopping... press Ctrl+C again to force'*' Container shop-db-1 Stopped' ]] || fail "$output"
}
