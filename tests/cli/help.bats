#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Help at the widths of terminals, and the pages of the manual.

load helper

@test "help is as wide as the terminal" {
	for columns in 50 80 200; do
		TERMINAL_SIZE="60 $columns" expect 0 python3 "$BATS_TEST_DIRNAME/on_terminal.py" -- "$CORACLE" up --help
		widest=$(tr -d '\r' <<<"$output" | awk '{ if (length > most) most = length } END { print most }')
		[ "$widest" -le "$columns" ]
	done
	[ "$widest" -gt 80 ]
}

@test "the first screen has what most people need, and the rest is one word away" {
	for name in coracle docker docker-compose; do
		ln -sf "$(realpath "$CORACLE")" "$BATS_TEST_TMPDIR/$name"
		expect 0 "$BATS_TEST_TMPDIR/$name"
		first=$output
		[ "$(wc -l <<<"$first")" -le 24 ]
		expect 0 "$BATS_TEST_TMPDIR/$name" --help
		is "$first"
		expect 0 "$BATS_TEST_TMPDIR/$name" help
		is "$first"
		expect 0 "$BATS_TEST_TMPDIR/$name" help --all
		has '--project-name PROJECT' || [ "$name" = docker ]
		[ "$(wc -l <<<"$output")" -gt 40 ]
	done
	expect 0 coracle help up
	has $'Example:\n  coracle up -d --wait\n'
	expect 0 coracle image --help
	has $'Example:\n  coracle image prune -a\n'
}

@test "groff finds nothing wrong in the pages of the manual" {
	command -v groff >/dev/null || skip 'no groff'
	mkdir man
	expect 0 coracle __man man
	groff -ww -man -Tutf8 -z man/*.1 man/*.5 2>warnings
	diff /dev/null warnings
	for page in coracle coracle-up coracle-image-ls; do
		groff -man -Tascii -P-cbou "man/$page.1" >text
		for heading in NAME SYNOPSIS EXAMPLES 'EXIT STATUS' ENVIRONMENT FILES 'SEE ALSO'; do
			grep -q "$heading" text
		done
	done
}
