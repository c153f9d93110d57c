#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# `system check --host`: what a host, or a container that stacks shall run in, lacks.

load job_helper

file_setup()
{
	job_image
}

# verdict NAME: of the document in $output.
verdict()
{
	jq -r --arg name "$1" '.Findings[] | select(.Name == $name) | .Verdict' <<<"$output"
}

@test "where stacks run, nothing is missing, and each line says what was found" {
	expect 0 coracle system check --host
	matches 'ok +kernel +Linux [0-9.]+'
	matches 'ok +overlayfs +can be used'
	matches 'ok +bridges +can be made'
	matches 'ok +nf_tables +can be made'
	matches 'ok +ROOT +/mnt/root'
	matches 'ok +monitor +/.*/libexec/coracle/monitor'
	matches '(ok|note) +room in ROOT +[0-9.]+[kMGT]B and [0-9]+ inodes are free in .?/mnt/root'
	has 'Stacks can run here'
	lacks missing
}

@test "as a document, and only what is not well" {
	expect 0 coracle system check --host --format json
	[ "$(jq .Missing <<<"$output")" = 0 ]
	[ "$(verdict veth)" = ok ]
	[ "$(jq -r '[.Findings[] | select(.Verdict == "ok" and .Remedy)] | length' <<<"$output")" = 0 ]
	expect 0 coracle system check --host -q
	lacks 'ok '
	expect 1 coracle system check --host --repair
	has_error '--host'
}

@test "in a privileged job without a volume: ROOT is in memory" {
	expect 0 job privileged 'coracle system check --host --format json 2>/dev/null'
	[ "$(verdict ROOT)" = note ]
	[ "$(verdict mounts)" = ok ]
	has 'docker run -v /var/lib/coracle'
}

@test "with SYS_ADMIN and NET_ADMIN: no cgroup, no SYS_PTRACE, but stacks can run" {
	expect 0 job capabilities 'coracle system check --host --format json 2>/dev/null'
	[ "$(verdict 'cgroup v2')" = note ]
	[ "$(verdict CAP_SYS_PTRACE)" = note ]
	[ "$(verdict bridges)" = ok ]
	has 'none can be made in'
}

@test "in a container that was given nothing: what is missing, and what to give it" {
	# shellcheck disable=SC2034 # job reads it
	job_kinds[plain]=''
	expect 1 job plain 'coracle system check --host; coracle system check --host -q --format json'
	matches 'missing +CAP_SYS_ADMIN +this process has not got it: no mounts'
	matches 'missing +CAP_NET_ADMIN'
	matches 'missing +mounts +[a-z]'
	has 'docker run --privileged, or --cap-add SYS_ADMIN'
	matches 'Stacks cannot run here: [0-9]+ missing'
}

@test "a helper without its libraries" {
	local copy=$BATS_TEST_TMPDIR/copy
	mkdir -p "$copy/libexec/coracle"
	cp "$CORACLE" "$copy/coracle"
	cp "${CORACLE%/*}"/libexec/coracle/* "$copy/libexec/coracle/"
	printf '#!/bin/sh\necho "x: error while loading shared libraries: libabsent.so" >&2\nexit 127\n' \
		>"$copy/libexec/coracle/transport"
	CORACLE=$copy/coracle expect 1 coracle system check --host -q
	matches 'missing +transport +cannot execute .*/transport.: .*libabsent.so'
	has 'install Coracle as a whole'
}
