#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Archives of images that are not what they say. Layers are in layers.bats, registries that lie in pull.bats.

load helper

@test "an image in which anything is not what it says is refused, and leaves nothing" {
	expect 0 inside python3 "$tests_dir/payload/tampered.py"
	expect 0 coracle image rm tampered:latest
}
