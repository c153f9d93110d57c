#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What comes and goes leaves nothing. CHURN_SECONDS=600 takes ten minutes.

load faults

@test "two projects come and go beside one that stays" {
	scenario churn beside
}

@test "anonymous volumes of removed replicas stay until they are pruned" {
	scenario churn volumes
}
