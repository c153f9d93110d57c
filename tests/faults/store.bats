#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# kill -9 at points all over each command that changes the store, by system call and by time, 300
# times in all: `system check` mends what is left and finds nothing the second time, the same
# command then succeeds. Full disks: a clear error, the room comes back, the store is sound.

load faults

@test "image load is killed" {
	scenario storing sweep load 44
}

@test "image load over layers that are there is killed" {
	scenario storing sweep load-shared 36
}

@test "image rm is killed" {
	scenario storing sweep rm 36
}

@test "image rm of what shares layers is killed" {
	scenario storing sweep rm-shared 24
}

@test "image prune is killed" {
	scenario storing sweep prune 32
}

@test "image tag is killed" {
	scenario storing sweep tag 8
}

@test "import is killed" {
	scenario storing sweep import 32
}

@test "commit is killed" {
	scenario storing sweep commit 32
}

@test "system check --repair is killed" {
	scenario storing sweep check 20
}

@test "pull is killed" {
	scenario storing sweep pull 36
}

@test "load on a full disk" {
	scenario storing full load
}

@test "pull on a full disk" {
	scenario storing full pull
}

@test "removing on a full disk" {
	scenario storing full_rm
}
