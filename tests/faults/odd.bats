#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What a caller can leave to a command: descriptors, limits, signals, directory, variables.

load faults

@test "every kind of command in odd environments" {
	scenario odd odd
}
