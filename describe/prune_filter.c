/* SPDX-License-Identifier: Apache-2.0 */
#include "describe/prune_filter.h"

#include "base/error.h"
#include "base/strvec.h"
#include "base/units.h"
#include "describe/objects.h"
#include "describe/times.h"

#include <string.h>

static const char until[] = "until=", label[] = "label=", no_label[] = "label!=";

static bool begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

int prune_filter_check(const struct strvec *filters, struct error *err)
{
	struct timespec now = units_now(), time;

	strvec_each (text, filters) {
		if (begins(*text, until)) {
			if (times_parse(&time, *text + strlen(until), &now, err) < 0)
				return error_wrap(err, "--filter %s", *text);
		} else if (!begins(*text, label) && !begins(*text, no_label)) {
			return error_set(
				err, ERROR_INVALID,
				"unknown filter '%s': there are until=, label= and label!=", *text);
		}
	}
	return 0;
}

static bool is_before(const char *created, const char *limit)
{
	struct timespec now = units_now(), end, time;

	return created && units_parse_time(&time, created, NULL) == 0 &&
	       times_parse(&end, limit, &now, NULL) == 0 && units_is_earlier(&time, &end);
}

bool prune_filter_fits(const struct strvec *filters, const char *created, const struct pair *labels,
		       size_t count)
{
	strvec_each (text, filters) {
		bool fits = begins(*text, until) ? is_before(created, *text + strlen(until))
			    : begins(*text, label)
				    ? describe_label_fits(labels, count, *text + strlen(label))
				    : !describe_label_fits(labels, count, *text + strlen(no_label));

		if (!fits)
			return false;
	}
	return true;
}
