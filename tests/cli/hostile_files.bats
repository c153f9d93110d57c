#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Compose files that are made to do harm to who reads them.

load helper

@test "every hostile compose file is answered, in bounded time and memory" {
	inside python3 "$tests_dir/payload/hostile_compose.py" make
	expect 0 inside python3 "$tests_dir/payload/hostile_compose.py" run
}
