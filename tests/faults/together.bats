#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Several commands at once, and commands against processes that end by themselves.

load faults

@test "up and down from four processes" {
	scenario together updown
}

@test "stop, start, restart, kill, exec from four processes" {
	scenario together startstop
}

@test "single containers, which no project lock guards, from six processes" {
	scenario together single
}

@test "kill, stop, exit, rm and start meet in the same instant" {
	scenario together races 4
}
