#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Numbers of processes are given out again.

load faults

@test "who has the number of an ended container, monitor or keeper is left alone" {
	scenario reuse reuse
}
