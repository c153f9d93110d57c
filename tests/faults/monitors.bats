#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# kill -9 of monitors in every situation: the container notices nothing, nothing is lost.

load faults

@test "under log load on both streams, with rotation: no line is lost or doubled" {
	scenario monitors lines
}

@test "in restart back-off: the policy and its limit hold" {
	scenario monitors backoff
}

@test "between TERM and KILL: the stop succeeds or says to try again" {
	scenario monitors stopping
}

@test "while a health check runs, and while up --wait waits for it" {
	scenario monitors probing
}

@test "together with its container: the restart policy holds" {
	scenario monitors gone_together
}

@test "together with its keeper, while the container ends: nothing is lost that can be had" {
	scenario monitors orphaned
}

@test "of a container with a terminal" {
	scenario monitors terminal
}

@test "ports, the relay for ::1 and DNS work again after the next command" {
	scenario monitors network
}
