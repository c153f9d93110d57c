/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/apply/pull_policy.h - when an image is asked for at its registry; pure.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct error;

enum pull_policy_when {
	PULL_POLICY_MISSING,
	PULL_POLICY_ALWAYS,
	PULL_POLICY_NEVER,
	PULL_POLICY_BUILD,
	PULL_POLICY_AFTER, /* when the registry has not been asked for age_s, or it is missing */
};

struct pull_policy {
	enum pull_policy_when when;
	int64_t age_s;
};

/* What stands behind `pull_policy:` or --pull; NULL and "" are "missing". ERROR_INVALID. */
int pull_policy_parse(struct pull_policy *policy, const char *text, struct error *err);
/* @age_s: seconds since the registry was asked, -1: it never was. */
bool pull_policy_asks(const struct pull_policy *policy, bool is_here, int64_t age_s);
