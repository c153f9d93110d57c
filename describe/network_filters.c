/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The filters of network ls.
 */
#include "describe/filters.h"

#include "base/error.h"
#include "base/map.h"
#include "base/pair.h"
#include "base/units.h"
#include "net/network.h"

#include <string.h>

static const struct network *of(const void *subject)
{
	return ((const struct network_filters_subject *)subject)->network;
}

static bool fits_dangling(const void *subject, const char *value)
{
	const struct network_filters_subject *one = subject;
	bool wanted = false;

	units_parse_bool(&wanted, value, NULL);
	return (!network_is_predefined(one->network->name) &&
		!map_has(one->used, one->network->name)) == wanted;
}

static bool fits_driver(const void *subject, const char *value)
{
	return strcmp(of(subject)->driver, value) == 0;
}

static bool fits_id(const void *subject, const char *value)
{
	return filters_match(of(subject)->id, value);
}

static bool fits_label(const void *subject, const char *value)
{
	return pair_fits(of(subject)->labels, of(subject)->label_count, value);
}

static bool fits_name(const void *subject, const char *value)
{
	return filters_match(of(subject)->name, value);
}

static bool fits_scope(const void *subject, const char *value)
{
	(void)subject;
	return strcmp(value, "local") == 0;
}

static bool fits_type(const void *subject, const char *value)
{
	return network_is_predefined(of(subject)->name) == (strcmp(value, "builtin") == 0);
}

static int check_type(const char *value, struct error *err)
{
	if (strcmp(value, "builtin") == 0 || strcmp(value, "custom") == 0)
		return 0;
	return error_set(err, ERROR_INVALID, "invalid filter: 'type'='%s'", value);
}

const struct filter network_filters[] = {
	{"dangling", .fits = fits_dangling, .check = filters_check_bool},
	{"driver", .fits = fits_driver, .is_any = true},
	{"id", .fits = fits_id, .is_any = true},
	{"label", .fits = fits_label},
	{"name", .fits = fits_name, .is_any = true},
	{"scope", .fits = fits_scope, .is_any = true},
	{"type", .fits = fits_type, .is_any = true, .check = check_type},
	{0},
};
