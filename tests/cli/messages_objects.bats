#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What is said of mistakes in what services are to be, and in single objects; messages.list has them, messages_helper.bash plays it.

load messages_helper

@test "starting" {
	play 'starting'
}

@test "single objects" {
	play 'single objects'
}
