#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# What lists, logs and watching look like on terminals of 50, 80 and 200 columns (screen.py).

load helper

shop()
{
	project shop <<-'YAML'
	services:
	  db: {image: busybox, command: sh -c "echo db is up; sleep 3600", stop_signal: SIGKILL, networks: [back]}
	  web:
	    image: busybox
	    command: sh -c "echo web is up; sleep 3600"
	    stop_signal: SIGKILL
	    networks: [front]
	    ports: ["8080:80", "8443:443"]
	    healthcheck: {test: "true", interval: 100ms}
	networks: {front: , back: }
	YAML
	expect 0 coracle up -d --wait
}

# screen COLUMNS CODE STEP... -- CMD: the last screen, what changes with time replaced, no blanks at the ends.
screen()
{
	local columns=$1 code=$2
	shift 2
	TERMINAL_SIZE="24 $columns" TERMINAL_SHOWS=screen expect "$code" on_terminal "$@"
	output=$(sed -E 's/[0-9]+ seconds?( ago)?/N seconds\1/g; s/About a minute( ago)?/N seconds\1/; s/ +$//' <<<"$output")
}

@test "ps: lists are folded, then columns go, so that no line is broken" {
	shop
	screen 50 0 -- "$CORACLE" ps
	matches '^NAME +STATUS +PORTS
shop-db-1 +Up N seconds
shop-web-1  Up N seconds +0\.0\.0\.0:8080->80/tcp,
            \(healthy\)  +\[::\]:8080->80/tcp,
 +0\.0\.0\.0:8443->443/tcp,
 +\[::\]:8443->443/tcp$'
	screen 80 0 -- "$CORACLE" ps
	matches '^NAME +IMAGE +SERVICE +STATUS +PORTS
shop-db-1   busybox  db       Up N seconds
shop-web-1  busybox  web      Up N seconds \(healthy\)  0\.0\.0\.0:8080->80/tcp,
 +\[::\]:8080->80/tcp,
 +0\.0\.0\.0:8443->443/tcp,
 +\[::\]:8443->443/tcp$'
	screen 200 0 -- "$CORACLE" ps
	matches '^NAME +IMAGE +COMMAND +SERVICE +CREATED +STATUS +PORTS
shop-db-1    busybox   "sh -c .* +db +N seconds ago +Up N seconds
shop-web-1   busybox   "sh -c .* +web +N seconds ago +Up N seconds \(healthy\)   0\.0\.0\.0:8080->80/tcp, .*, \[::\]:8443->443/tcp$'
	expect 0 coracle ps
	matches '^NAME +IMAGE +COMMAND +SERVICE +CREATED +STATUS +PORTS
shop-db-1 [^
]*
shop-web-1 [^
]* 0\.0\.0\.0:8080->80/tcp, .*443/tcp$'
}

@test "stats: one line each at any width, redrawn in place, also after a change of size" {
	local columns
	shop
	for columns in 50 80; do
		screen "$columns" 130 'screen:shop-web-1 +[0-9]' show: 'send:^C' -- "$CORACLE" stats
		matches '^(CONTAINER ID  )?NAME        CPU %  MEM USAGE / LIMIT +MEM % *[^
]*
[^
]*shop-db-1 [^
]*
[^
]*shop-web-1 [^
]*
--'
	done
	screen 200 130 'screen:shop-web-1 +[0-9]' 'resize:24 50' 'screen:^NAME +CPU.*shop-web-1' show: 'send:^C' -- "$CORACLE" stats
	matches '^NAME        CPU %  MEM USAGE / LIMIT  *MEM %
shop-db-1 [^
]*
shop-web-1 [^
]*
--'
	screen 80 130 'screen:shop-web-1 +[0-9]' 'resize:3 80' 'screen:^CONTAINER.*shop-db-1[^
]*$' show: 'send:^C' -- "$CORACLE" stats
	matches '^CONTAINER [^
]*
[^
]*shop-db-1 [^
]*
--'
}

@test "stats: a long name loses its middle, and what fills a line whole loses nothing" {
	project shop <<-'YAML'
	services:
	  database-with-a-long-name: {image: busybox, command: sleep 3600, stop_signal: SIGKILL, network_mode: none}
	YAML
	expect 0 coracle up -d
	screen 50 130 'screen:name-1 +[0-9]' show: 'send:^C' -- "$CORACLE" stats
	matches '^NAME +CPU %  MEM USAGE / LIMIT +MEM %
sho[^ ]*…[^ ]*name-1 +[0-9.]+%  [0-9.]+[KM]iB / [0-9.]+[GMT]iB +[0-9.]+%
--'
	# Once is no screen of its own: what stood there stays.
	screen 80 0 -- sh -c 'echo before; exec "$@"' sh "$CORACLE" stats --no-stream
	matches '^before
(CONTAINER ID +)?NAME '
}

@test "top: what says least of a process goes, so that each is a line; what was asked for stays" {
	project shop <<-'YAML'
	services:
	  db: {image: busybox, command: sleep 3600, stop_signal: SIGKILL, network_mode: none}
	YAML
	expect 0 coracle up -d
	screen 50 0 -- "$CORACLE" top
	matches '^SERVICE  #  (UID +)?PID +(STIME +)?TIME +CMD
db       1  (root +)?[0-9]+ +([0-9:]{5} +)?00:00:00  sleep 3600$'
	screen 80 0 -- "$CORACLE" top
	matches '^SERVICE +# +UID +PID +PPID +C +STIME +TTY +TIME +CMD
db +1 +root +[0-9]+ +[0-9]+ +[0-9]+ +[0-9:]+ +\? +00:00:00 +sleep 3600$'
	screen 50 0 -- "$CORACLE" container top shop-db-1
	matches '^UID +PID +(PPID +)?(STIME +)?(TTY +)?TIME +CMD
root +[0-9]+ .*00:00:00 +sleep 3600$'
	screen 30 0 -- "$CORACLE" container top shop-db-1 -o pid,tty,ppid,args
	matches '^PID +TT +PPID +COMMAND'
}

@test "logs -f: a line of the log is a line of the terminal's, as wide as it is" {
	local columns
	shop
	for columns in 50 80 200; do
		screen "$columns" 130 'screen:db is up.*web is up|web is up.*db is up' 'send:^C' -- "$CORACLE" logs -f
		[ "$(sort <<<"$output")" = '^C
db-1   | db is up
web-1  | web is up' ] || fail "$output"
	done
}

@test "watch: says what it does, one line each" {
	local columns
	project watched <<-'YAML'
	services:
	  web:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	    network_mode: none
	    volumes: [/data]
	    develop: {watch: [{action: sync, path: src, target: /data}]}
	YAML
	mkdir src
	expect 0 coracle up -d
	for columns in 50 80 200; do
		screen "$columns" 130 'screen:Watch enabled' "run:echo $columns >src/file" 'screen:Syncing' 'send:^C' -- \
			"$CORACLE" watch
		matches 'Watch enabled'
		matches 'Syncing service "web" after 1 changes were detecte
?d'
	done
}
