#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The Nth system call of a command fails: no room, a broken disk, no
# descriptors, no memory. What is said is true, the same command then succeeds, `down` leaves nothing.

load faults

@test "a call of up is refused" {
	refused walk up command 4
}

@test "a call of recreate is refused" {
	refused walk recreate command 4
}

@test "a call of grow is refused" {
	refused walk grow command 4
}

@test "a call of shrink is refused" {
	refused walk shrink command 4
}

@test "a call of create is refused" {
	refused walk create command 4
}

@test "a call of start is refused" {
	refused walk start command 4
}

@test "a call of restart is refused" {
	refused walk restart command 4
}

@test "a call of stop is refused" {
	refused walk stop command 4
}

@test "a call of down is refused" {
	refused walk down command 4
}

@test "a call of exec is refused" {
	refused walk exec command 4
}

@test "a call of run is refused" {
	refused walk run command 4
}

@test "a call of logs is refused" {
	refused walk logs command 4
}

@test "a message between exec and its children is refused" {
	refused walk exec command 4 socket
}

@test "start finds no memory" {
	refused walk start command 3 memory
}

@test "exec finds no memory" {
	refused walk exec command 2 memory
}

@test "what start reads cannot be opened" {
	refused walk start command 4 look
}

@test "what stop reads cannot be opened" {
	refused walk stop command 4 look
}
