#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Screens that are too small for what happens: many pulls, layers and steps of builds, and what a step writes.

load terminal_helper
load pull_helper

file_setup()
{
	quick_transport
	# What stays once the first build was there.
	printf 'FROM busybox\nRUN true\n' | coracle image build -q -f - "$BATS_FILE_TMPDIR"
}

# Fifty images of two layers; one layer comes half and then waits until its connection is given up.
fifty()
{
	local i specs=()
	for i in $(seq -w 50); do specs+=("i$i=l$i:3000,m$i:2000"); done
	images layout "${specs[@]}"
	scripted --layout layout lib "GET blobs/sha256:$(blob_of layout i02 layer) stall 1000 x1" \
		"GET blobs/sha256:$(blob_of layout i49 layer) stall 1000 x1"
	{
		echo 'services:'
		for i in $(seq -w 50); do echo "  s$i: {image: \"$registry/lib:i$i\", network_mode: none}"; done
	} >fifty.yaml
	project fifty <fifty.yaml
}

@test "fifty pulls on a short screen: what moves is in sight, also after a change of size, and all are left" {
	local i
	fifty
	session '24 80' 0 'screen:i02 +Pulling.*\n.*Downloading +[0-9]\.[0-9]s +1kB' show: 'resize:12 50' \
		'screen:i49 +Pulling' show: 'resize:24 80' -- "$CORACLE" pull
	matches "^\[\+\] pull [0-9]+/50: .*
 ~ Image $registry/lib:i02  Pulling TIME[^
]*
( ~   [0-9a-f]{12} +[^
]*
)+"
	# No line is cut within a number or a bar, none is as long as to be broken.
	lacks '['$'\n'
	[ "$(sed '/^--/,$d' <<<"$output" | wc -l)" -le 24 ] || fail "$output"
	[ "$(sed '1,/^--/d;/^--/,$d' <<<"$output" | wc -l)" -le 12 ] || fail "$output"
	sed '1,/^--/d;/^--/,$d' <<<"$output" | grep -q 'i49  *Pulling' || fail "$output"
	sed '1,/^--/d' <<<"$output" | sed '1,/^--/d' >final
	for i in $(seq -w 50); do
		[ "$(grep -c "^ ✔ Image $registry/lib:i$i  Pulled TIME  5" final)" = 1 ] || fail "i$i" "$output"
		coracle image rm -f "$registry/lib:i$i" >/dev/null
	done
	grep -qx '\[+\] pull 50/50' final || fail "$(cat final)"
	cd ..
	scripted_stop
}

# Its lines are longer than 50 columns, wide, overwritten, and coloured.
talkative()
{
	project talkative <<-'YAML'
	services:
	  web:
	    build:
	      no_cache: true
	      dockerfile_inline: |
	        FROM busybox
	        RUN for i in 1 2 3; do printf "line %s\t漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字\033[31m and more, so that it is long\n" $$i; done; printf '10%%\r20%%\r\033[31m100%%\n'; sleep 4711; exit 3
	    network_mode: none
	YAML
	cat >go <<-'SH'
	for p in /proc/[0-9]*; do
		[ "$(tr '\0' ' ' <"$p/cmdline")" != 'sleep 4711 ' ] || kill "${p#/proc/}"
	done 2>/dev/null
	SH
}

@test "a step's output at 50, 80 and 200 columns: cut where the screen ends, and whole when it failed" {
	local columns line step
	for columns in 50 80 200; do
		talkative
		session "24 $columns" 1 'screen:# 100%' show: 'run:sh go' -- "$CORACLE" build
		case $columns in
		50)
			step=' => [2/2] RUN for i in 1 2 3; do printf "… TIME'
			line=' => => # line 1 漢字漢字漢字漢字漢字漢字漢字漢字…'
			;;
		80)
			step=' => [2/2] RUN for i in 1 2 3; do printf "line %s\\t漢字漢字漢字漢字漢字… TIME'
			line=' => => # line 1 漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字 and more, so that …'
			;;
		*)
			step=' => [2/2] RUN for i in 1 2 3; do printf "line %s\\t漢字'
			line=' => => # line 1 漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字 and more, so that it is long'
			;;
		esac
		has "$step"
		has "$line"
		has ' => => # 100%'
		has '[+] build 0/1: 1 building'
		[ "$(sed '1,/^--/d' <<<"$output" | grep -c '^100%$')" = 1 ] || fail "$output"
		sed '1,/^--/d' <<<"$output" | tr -d '\n' | grep -q 'line 3  *漢字.* and more, so that it is long' || fail "$output"
		lacks '\x0d'
	done
}
