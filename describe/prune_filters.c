/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The filters of container, image, network and system prune.
 */
#include "describe/filters.h"

#include "base/pair.h"
#include "base/units.h"
#include "describe/times.h"

static bool fits_until(const void *subject, const char *value)
{
	const struct prune_filters_subject *one = subject;
	struct timespec now = units_now(), end, time;

	return one->created && units_parse_time(&time, one->created, NULL) == 0 &&
	       times_parse(&end, value, &now, NULL) == 0 && units_is_earlier(&time, &end);
}

static bool fits_label(const void *subject, const char *wanted)
{
	const struct prune_filters_subject *one = subject;

	return pair_fits(one->labels, one->label_count, wanted);
}

static bool lacks_label(const void *subject, const char *wanted)
{
	return !fits_label(subject, wanted);
}

static bool fits_switch(const void *subject, const char *value)
{
	(void)subject;
	(void)value;
	return true; /* it says which images count at all */
}

const struct filter prune_filters[] = {
	{"until", .fits = fits_until, .check = filters_check_time},
	{"label", .fits = fits_label},
	{"label!", .fits = lacks_label},
	{0},
};

const struct filter prune_filters_of_images[] = {
	{"dangling", .fits = fits_switch, .check = filters_check_bool},
	{"until", .fits = fits_until, .check = filters_check_time},
	{"label", .fits = fits_label},
	{"label!", .fits = lacks_label},
	{0},
};
