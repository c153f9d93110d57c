#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What runs costs nothing and leaks nothing.

load faults

@test "idle monitors never wake up" {
	scenario quiet idle
}

@test "no descriptor and no zombie leaks" {
	scenario quiet leaks
}

@test "a container that cannot start any more is tried again, and nothing piles up" {
	scenario quiet failing
}

@test "300 services" {
	[ -n "${FAULTS_MANY:-}" ] || skip "FAULTS_MANY=1 runs it"
	scenario quiet many 300
}
