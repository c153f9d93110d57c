#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Damaged files, a full or read-only disk, no descriptors left.

load faults

@test "files that are missing, empty, cut off or nonsense" {
	scenario damage files 0.15
}

@test "a damaged network description is named and can be put back" {
	scenario damage network_description
}

@test "a damaged volume description is named and the data stays" {
	scenario damage volume_description
}

@test "after a reboot, up brings everything back" {
	scenario damage reboot
}

@test "few descriptors, small files" {
	scenario damage limits
}

@test "the disk is full" {
	scenario damage full
}

@test "the disk is full while a container writes: it is not held up, and logging goes on later" {
	scenario damage logging
}

@test "the disk is read-only" {
	scenario damage read_only
}
