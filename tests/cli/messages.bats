#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What is said of mistakes in command lines and files, and of what the host lacks; messages.list has
# them, messages_helper.bash plays it.

load messages_helper

@test "the command line" {
	play 'the command line'
}

@test "commands on services" {
	play 'commands on services'
}

@test "compose files" {
	play 'compose files'
}

@test "the host" {
	play 'the host'
	eventually 10 inside umount "$WORLD_DIR/small"
	inside rmdir "$WORLD_DIR/small"
}
