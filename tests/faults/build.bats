#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Builds that are killed and interrupted at points all over them, on full disks, and beside each other:
# nothing runs or is mounted afterwards, `system check` is content, the cache works. FAULTS_SCALE=8
# makes about 100 of each.

load faults

@test "a build is killed" {
	scenario building kill 12
}

@test "a build is interrupted" {
	scenario building interrupt 12
}

@test "a build on a full disk" {
	scenario building full
}

@test "one of two builds of the same is killed" {
	scenario building together 5
}
