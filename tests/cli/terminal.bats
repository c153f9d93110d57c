#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# What people see on a terminal: the screen as it is while something waits, and as it is left. The terminal's
# own model of it is in screen.py.

load helper
load pull_helper

file_setup()
{
	quick_transport
	# What stays once the first build was there.
	printf 'FROM busybox\nRUN true\n' | coracle image build -q -f - "$BATS_FILE_TMPDIR"
}

# session "ROWS COLUMNS" CODE STEP... -- CMD: what the steps show and then the last screen, with spinners and
# times replaced; no line may be wider than the screen.
session()
{
	local size=$1 code=$2 text
	shift 2
	TERMINAL_SIZE=$size TERMINAL_SHOWS=screen expect "$code" on_terminal "$@"
	text=$(sed -E 's/ +[0-9]+\.[0-9]s/ TIME/; s/[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/~/' <<<"$output")
	output=$text
}

# A shop whose web server waits for a database that is slow until somebody says otherwise.
shop()
{
	project shop <<-YAML
	services:
	  web:
	    image: busybox
	    command: sh -c "echo web is up; sleep 3600"
	    stop_signal: SIGKILL
	    networks: [front]
	    depends_on: {db: {condition: service_healthy}}
	  db:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	    networks: [front]
	    volumes: ["data:/data", "./ready:/ready"]
	    healthcheck: {test: "grep -q ${1:-yes} /ready", interval: 100ms, retries: 10000}
	networks: {front: }
	volumes: {data: }
	YAML
	echo yes >ready
}

up_screen='[+] up 4/4
 ✔ Network shop_front    Created TIME
 ✔ Volume shop_data      Created TIME
 ✔ Container shop-db-1   Healthy TIME
 ✔ Container shop-web-1  Started TIME'

down_screen='[+] down 4/4
 ✔ Container shop-web-1  Removed TIME
 ✔ Container shop-db-1   Removed TIME
 ✔ Network shop_front    Removed TIME
 ✔ Volume shop_data      Removed TIME'

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
	session '24 80' 0 'screen:Waiting +1\.[0-9]s' 'screen:Waiting +2\.[0-9]s' show: \
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
	session '24 80' 0 'screen:Waiting +1\.[0-9]s' 'resize:24 34' 'screen:Waiting +2\.[0-9]s' show: \
		'resize:10 120' 'screen:Waiting +3\.[0-9]s' show: 'resize:24 80' 'run:cp answer ready' -- \
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
	session '24 50' 0 'screen:Stopping +1\.[0-9]s' show: -- "$CORACLE" down -t 3
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

@test "what is pulled stands below its image, with a bar" {
	images layout seen=v1:2000000
	big=$(blob_of layout seen layer)
	scripted --layout layout seen "GET blobs/sha256:$big stall 1000000 x1"
	project pulled <<-YAML
	services:
	  a: {image: "$registry/seen:seen", network_mode: none}
	YAML
	session '24 100' 0 'screen:1MB/2MB' show: -- "$CORACLE" pull
	has "[+] pull 0/1: 1 pulling
 ~ Image $registry/seen:seen  Pulling TIME  1MB/2MB [====>     ]
 ~   ${big:0:12}"
	has "--
[+] pull 1/1
 ✔ Image $registry/seen:seen  Pulled TIME"
	[ "$(grep -c "${big:0:12}" <<<"$output")" = 1 ] || fail "$output"
	coracle image rm --force "$registry/seen:seen" >/dev/null
	cd ..
	scripted_stop
}

@test "what is built stands above what comes of it" {
	project built <<-'YAML'
	services:
	  web:
	    build:
	      dockerfile_inline: |
	        FROM busybox
	        RUN echo a line of output
	    command: sleep 3600
	    stop_signal: SIGKILL
	    network_mode: none
	YAML
	session '24 50' 0 -- "$CORACLE" up -d
	matches '^\[\+\] Building TIME \(.*\) FINISHED
.*
 => \[2/2\] RUN echo a line of output  *TIME
.*
\[\+\] up 2/2
 ✔ Image built-web        Built TIME
 ✔ Container built-web-1  Started TIME$'
	coracle image rm --force built-web >/dev/null
}

@test "more objects than rows: those that wait stay in sight, and all are there at the end" {
	project many <<-'YAML'
	services:
	  last: {image: busybox, command: sleep 3600, network_mode: none, depends_on: {job: {condition: service_completed_successfully}}}
	  a: {image: busybox, command: sleep 3600, stop_signal: SIGKILL, network_mode: none, scale: 12}
	  job: {image: busybox, command: sh -c "until grep -q go /go; do sleep 0.1; done", network_mode: none, volumes: ["./go:/go"]}
	YAML
	: >go
	echo go >answer
	session '10 60' 0 'screen:up 12/14.*job-1 +Waiting' show: 'run:cp answer go' -- "$CORACLE" up -d
	matches '^\[\+\] up 12/14: 1 waiting
( ✔ Container many-a-[0-9]+ +Started TIME
){5} ~ Container many-job-1 +Waiting TIME
 ~ Container many-last-1 +Created TIME  waits for job
   … and 7 more
--'
	[ "$(sed 1,/^--/d <<<"$output" | grep -c '^ ✔ Container many-.*-[0-9]* *\(Started\|Exited\) TIME$')" = 14 ] ||
		fail "$output"
}

@test "NO_COLOR: no colours; TERM=dumb, no TERM, a pipe: plain lines, and nothing is redrawn" {
	local term plain
	shop
	NO_COLOR=1 expect 0 on_terminal -- "$CORACLE" up -d
	has '[+] up 4/4'
	[[ ! "$output" =~ $'\x1b['[0-9\;]*m ]] || fail "$output"
	expect 0 on_terminal -- "$CORACLE" down -v
	has $'\x1b[32m✔\x1b[0m'
	plain=' Network shop_front Creating
 Network shop_front Created
 Volume shop_data Creating
 Volume shop_data Created
 Container shop-db-1 Creating
 Container shop-db-1 Created
 Container shop-web-1 Creating
 Container shop-web-1 Created
 Container shop-db-1 Starting
 Container shop-db-1 Started
 Container shop-db-1 Waiting
 Container shop-db-1 Healthy
 Container shop-web-1 Starting
 Container shop-web-1 Started'
	for term in dumb ''; do
		TERMINAL_TERM=$term expect 0 on_terminal -- "$CORACLE" up -d
		[ "$(tr -d '\r' <<<"$output" | sort)" = "$(sort <<<"$plain")" ] || fail "$output"
		expect 0 coracle down -v
	done
	expect 0 coracle up -d
	[ "$(sort <<<" $stderr")" = "$(sort <<<"$plain")" ] || fail "$stderr"
	is ''
}

@test "--progress json tells of what is waited for, too" {
	shop
	expect 0 coracle --progress json up -d
	[ "$(jq -r 'select(.id == "Container shop-db-1") | "\(.status) \(.text)"' <<<"$stderr" | tail -n 2)" = 'Working Waiting
Done Healthy' ] || fail "$stderr"
}

@test "an attached up lets time pass until there is output, and then writes below" {
	shop never
	echo never >answer
	session '24 80' 130 'screen:Waiting +1\.[0-9]s' show: 'run:cp answer ready' 'screen:web is up' 'send:^C' -- \
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
