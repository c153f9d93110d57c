#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What is said when a program of libexec cannot be executed.

load helper

# A copy of the build; $broken is a program that misses a shared library, as after half an upgrade.
file_setup()
{
	local from=${CORACLE%/*}
	mkdir -p "$BATS_FILE_TMPDIR/copy/libexec/coracle"
	cp "$CORACLE" "$BATS_FILE_TMPDIR/copy/coracle"
	cd "$BATS_FILE_TMPDIR" || return 1
	echo 'int nothing(void); int nothing(void) { return 0; }' >library.c
	echo 'int nothing(void); int main(void) { return nothing(); }' >program.c
	cc -shared -fPIC -o libabsent.so library.c
	cc -o broken program.c -L. -labsent
	rm libabsent.so
	cp "$from"/libexec/coracle/* whole/ 2>/dev/null || cp -r "$from/libexec/coracle" whole
}

# broken HELPER FILE: the copy with FILE in the place of that helper; FILE may be "": it is not executable.
broken()
{
	local place=$BATS_FILE_TMPDIR/copy/libexec/coracle
	rm -f "$place"/*
	cp "$BATS_FILE_TMPDIR"/whole/* "$place/"
	if [ -n "$2" ]; then
		cp "$2" "$place/$1"
		chmod 755 "$place/$1"
	else
		chmod 644 "$place/$1"
	fi
	place=$place/$1
	helper=$place
}

run_copy()
{
	CORACLE=$BATS_FILE_TMPDIR/copy/coracle coracle "$@"
}

@test "a monitor that misses a library: which, and no container is left behind" {
	broken monitor "$BATS_FILE_TMPDIR/broken"
	expect 125 run_copy container run --rm --name one busybox true
	has_error "cannot execute '$helper': error while loading shared libraries: libabsent.so"
	has_error "ldd $helper"
	run_copy container rm -f one 2>/dev/null || true
}

@test "a helper of another machine, and one that is not executable" {
	printf '\177ELF\2\1\1\0\0\0\0\0\0\0\0\0\2\0\376\377\1\0\0\0' >"$BATS_TEST_TMPDIR/foreign"
	head -c 2000 /dev/zero >>"$BATS_TEST_TMPDIR/foreign"
	for name in monitor keeper responder; do
		if [ "$name" != responder ]; then # of which only the monitor learns it, with the first question
			broken "$name" "$BATS_TEST_TMPDIR/foreign"
			expect 125 run_copy container run --name one busybox true
			has_error "cannot execute '$helper': exec format error"
			expect 0 run_copy container rm one
		fi
		broken "$name" ''
		expect 125 run_copy container run --name one busybox true
		has_error "cannot execute '$helper': permission denied; is its mode 755"
		expect 0 run_copy container rm one
	done
}

@test "a transport that misses a library" {
	broken transport "$BATS_FILE_TMPDIR/broken"
	expect 1 run_copy image pull registry.invalid/some/image
	has_error "cannot execute '$helper': error while loading shared libraries: libabsent.so"
}
