/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The filters of volume ls and volume prune.
 */
#include "describe/filters.h"

#include "base/map.h"
#include "base/pair.h"
#include "base/units.h"
#include "storage/volume/volume.h"

#include <string.h>

static bool fits_all(const void *subject, const char *value)
{
	(void)subject;
	(void)value;
	return true; /* prune's "all" says which volumes count at all */
}

static bool fits_dangling(const void *subject, const char *value)
{
	const struct volume_filters_subject *one = subject;
	bool wanted = false;

	units_parse_bool(&wanted, value, NULL);
	return (one->used && !map_has(one->used, one->volume->name)) == wanted;
}

static bool fits_driver(const void *subject, const char *value)
{
	const struct volume_filters_subject *one = subject;

	return strcmp(one->volume->driver, value) == 0;
}

static bool fits_label(const void *subject, const char *wanted)
{
	const struct volume *volume = ((const struct volume_filters_subject *)subject)->volume;

	return pair_fits(volume->labels, volume->label_count, wanted);
}

static bool lacks_label(const void *subject, const char *wanted)
{
	return !fits_label(subject, wanted);
}

static bool fits_name(const void *subject, const char *value)
{
	const struct volume_filters_subject *one = subject;

	return filters_match(one->volume->name, value);
}

const struct filter volume_filters[] = {
	{"dangling", .fits = fits_dangling, .check = filters_check_bool},
	{"driver", .fits = fits_driver, .is_any = true},
	{"label", .fits = fits_label},
	{"name", .fits = fits_name, .is_any = true},
	{0},
};

const struct filter volume_filters_of_prune[] = {
	{"all", .fits = fits_all, .check = filters_check_bool},
	{"label", .fits = fits_label},
	{"label!", .fits = lacks_label},
	{0},
};
