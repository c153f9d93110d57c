#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# What `make quickstart` is made of, as far as it needs no network: the check of its port, and how it
# shows that long work goes on. All of it, on a bare Debian: tests/bare/run.

load helper

tools=$project_dir/rootfs-tools

# script: runs the standard input as a script that has follow at hand, with a log in $BATS_TEST_TMPDIR.
script()
{
	{
		printf 'set -euo pipefail\n. %q\n. %q\n' "$tools/lib/common.sh" "$tools/lib/follow.sh"
		printf 'trap follow_failed EXIT\ntrap "exit 130" INT\nlog=%q\n' "$BATS_TEST_TMPDIR/log"
		cat
	} >"$BATS_TEST_TMPDIR/script"
	bash "$BATS_TEST_TMPDIR/script"
}

@test "a port that somebody has is said before anything is done, with who has it and what to do" {
	local listener
	listener=$(inside sh -c 'ncat -l -k 8080 >/dev/null 2>&1 & echo $!')
	eventually 10 inside bash -c 'echo >/dev/tcp/127.0.0.1/8080'
	expect 1 inside "$tools/quickstart"
	is ""
	[ "$stderr" = "quickstart: port 8080 is taken by ncat (process $listener); with another port: SHOP_PORT=8081 make quickstart" ]
	expect 0 inside bash -c ". '$tools/lib/port.sh'; port_free 8080"
	is 8081
	inside kill "$listener"
	eventually 10 inside bash -c ". '$tools/lib/port.sh'; ! port_is_taken 8080"
}

@test "long work shows its last line every few seconds, of a compiler's call only the file" {
	expect 0 script <<-'SH'
	work()
	{
		echo "cc -O2 -c -o out/obj/base/text.o base/text.c"
		until grep -q text "$log.shown"; do sleep 0.1; done
		echo end
	}
	: >"$log.shown"
	follow "$log" work 2>"$log.shown"
	cat "$log.shown" "$log"
	SH
	[[ "${lines[0]}" = "   "[4-9]" s  base/text.c" ]]
	[ "${lines[-1]}" = end ]
}

@test "who shows that long work goes on leaves nobody behind who sleeps" {
	expect 0 script <<-'SH'
	is_asleep() { pgrep -f "^sleep 4$" -g 0 >"$log.asleep"; }
	work() { until is_asleep; do read -r -t 0.1 <> <(:) || true; done; }
	follow "$log" work
	is_asleep || echo nobody
	SH
	is nobody
}

@test "what fails shows the end of its log and where it is" {
	expect 3 script <<-'SH'
	work() { echo before; (exit 3); echo after; }
	follow "$log" work
	SH
	has_error "before"
	has_error "failed; all of it is in $BATS_TEST_TMPDIR/log"
	[[ "$stderr" != *after* ]]
}

@test "what is interrupted says that it can be run again" {
	expect 130 script <<-'SH'
	work() { kill -INT $$; sleep 0.01; }
	follow "$log" work
	SH
	has_error "interrupted; run again, it goes on from here"
}
