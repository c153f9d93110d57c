#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# What people see of pulls, builds and many objects, and where nothing is redrawn.

load terminal_helper
load pull_helper

file_setup()
{
	quick_transport
	# What stays once the first build was there.
	printf 'FROM busybox\nRUN true\n' | coracle image build -q -f - "$BATS_FILE_TMPDIR"
}

@test "what is pulled stands below its image, with a bar" {
	images layout seen=v1:2000000
	big=$(blob_of layout seen layer)
	scripted --layout layout seen "GET blobs/sha256:$big stall 1000000 x1"
	project pulled <<-YAML
	services:
	  a: {image: "$registry/seen:seen", network_mode: none}
	YAML
	session '24 100' 0 'screen:1MB/2MB.*1MB/2MB' show: -- "$CORACLE" pull
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

@test "a large archive that is loaded or imported, and its layer; small ones, -q and pipes say nothing" {
	mkdir archives && cd archives
	head -c 20000000 /dev/urandom >blob
	printf 'FROM busybox\nCOPY blob /\n' | coracle image build -q -t big -f - .
	expect 0 coracle image save -o big.tar big
	expect 0 coracle image rm -f big
	expect 0 coracle builder prune -af
	session '24 80' 0 'screen:Reading' -- "$CORACLE" image load -i big.tar
	matches '^\[\+\] load 2/2
 ✔ Archive big\.tar  Read TIME  2[0-9.]+MB
 ✔ [0-9a-f]{12}     Loaded TIME  20MB
Loaded image: big:latest$'
	expect 0 coracle image rm -f big
	expect 0 coracle image load -i big.tar
	is 'Loaded image: big:latest'
	[[ " $stderr" == *' Archive big.tar Reading 2'*' Archive big.tar Read 2'*' Loading'*' Loaded 20MB'* ]] || fail "$stderr"
	expect 0 coracle image rm -f big
	expect 0 coracle --progress json image load -i big.tar
	jq -se '.[0].id == "Archive big.tar" and .[0].text == "Reading" and
		(map(select(.id == "Archive big.tar")) | last | .text == "Read" and .percent == 100) and
		(last | .text == "Loaded" and .total > 20000000)' <<<"$stderr" >/dev/null || fail "$stderr"
	expect 0 coracle image rm -f big
	expect 0 coracle image load -q -i big.tar
	[ -z "$stderr" ] || fail "$stderr"
	expect 0 coracle image import big.tar
	[[ "$stderr" == *' Archive big.tar Read 2'* ]] || fail "$stderr"
	expect 0 coracle image load -i "$IMAGE_CACHE/busybox/image.tar"
	[ -z "$stderr" ] || fail "$stderr"
	expect 0 coracle image prune -af
	load_image busybox
}
