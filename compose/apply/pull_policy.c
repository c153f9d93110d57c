/* SPDX-License-Identifier: Apache-2.0 */
#include "compose/apply/pull_policy.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/units.h"
#include "compose/apply/apply.h"

#define DAY_S ((int64_t)24 * 60 * 60)

static const char every[] = "every_";

static const struct {
	const char *text;
	struct pull_policy policy;
} rows[] = {
	{"", {PULL_POLICY_MISSING, 0}},
	{"missing", {PULL_POLICY_MISSING, 0}},
	{"if_not_present", {PULL_POLICY_MISSING, 0}},
	{"always", {PULL_POLICY_ALWAYS, 0}},
	{"never", {PULL_POLICY_NEVER, 0}},
	{"build", {PULL_POLICY_BUILD, 0}},
	{"daily", {PULL_POLICY_AFTER, DAY_S}},
	{"weekly", {PULL_POLICY_AFTER, 7 * DAY_S}},
};

int pull_policy_parse(struct pull_policy *policy, const char *text, struct error *err)
{
	int64_t age_ns;

	for (size_t i = 0; i < array_length(rows); i++)
		if (strcmp(rows[i].text, text ? text : "") == 0) {
			*policy = rows[i].policy;
			return 0;
		}
	if (strncmp(text, every, strlen(every)) != 0)
		return error_set(err, ERROR_INVALID,
				 "'%s' is not a pull policy: there are always, missing, never, "
				 "build, daily, weekly and every_<duration>",
				 text);
	if (units_parse_duration(&age_ns, text + strlen(every), err) < 0)
		return error_wrap(err, "pull policy '%s'", text);
	if (age_ns < 0)
		return error_set(err, ERROR_INVALID, "pull policy '%s': the time is negative",
				 text);
	*policy = (struct pull_policy){PULL_POLICY_AFTER, age_ns / SECOND};
	return 0;
}

bool pull_policy_asks(const struct pull_policy *policy, bool is_here, int64_t age_s)
{
	switch (policy->when) {
	case PULL_POLICY_ALWAYS:
		return true;
	case PULL_POLICY_MISSING:
		return !is_here;
	case PULL_POLICY_AFTER:
		return !is_here || age_s < 0 || age_s >= policy->age_s;
	case PULL_POLICY_NEVER:
	case PULL_POLICY_BUILD:
		break;
	}
	return false;
}

int apply_check_pull_policy(const char *policy, struct error *err)
{
	struct pull_policy parsed;

	return pull_policy_parse(&parsed, policy, err);
}
