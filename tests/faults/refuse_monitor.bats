#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The Nth system call of a monitor or a keeper fails: no room, a broken disk, no
# descriptors, no memory. What is said is true, what it could not do it does later, `down` leaves nothing.

load faults

@test "a call of a monitor that starts is refused" {
	refused walk start monitor 4
}

@test "a call of a monitor that restarts is refused" {
	refused walk restart monitor 4
}

@test "a call of a monitor that stops is refused" {
	refused walk stop monitor 4
}

@test "a call of a monitor that is taken down is refused" {
	refused walk down monitor 4
}

@test "a call of a monitor whose container has ended is refused" {
	refused walk crash monitor 4
}

@test "a call of a monitor that probes is refused" {
	refused walk health monitor 4
}

@test "a call of a monitor that writes a log is refused" {
	refused walk output monitor 4
}

@test "a call of a keeper that has lost its monitor is refused" {
	refused walk heal keeper 4
}

@test "a monitor whose container has ended stays until it can be noted how" {
	refused one stop monitor name 0 0 1
}

@test "what a monitor could not note for after a reboot the next command notes" {
	for number in 2 3; do
		refused one stop monitor name 0 1 "$number"
	done
}

@test "a monitor that starts finds no memory" {
	refused walk start monitor 3 memory
}

@test "a monitor that restarts finds no memory" {
	refused walk restart monitor 2 memory
}
