/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The filters of builder du and builder prune. Their names and operators are BuildKit's: "type=…",
 * "type!=…", "description~=…", and "inuse" without a value.
 */
#include "describe/filters.h"

#include "base/error.h"
#include "base/units.h"
#include "describe/times.h"
#include "storage/build_cache/build_cache.h"

#include <regex.h>
#include <string.h>

static bool fits_until(const void *subject, const char *value)
{
	const struct build_record *record = subject;
	const struct timespec used = {.tv_sec = (time_t)record->used_s};
	struct timespec now = units_now(), end;

	return times_parse(&end, value, &now, NULL) == 0 && units_is_earlier(&used, &end);
}

static bool fits_id(const void *subject, const char *value)
{
	const struct build_record *record = subject;

	return *value && strncmp(record->key, value, strlen(value)) == 0;
}

static bool fits_type(const void *subject, const char *value)
{
	return strcmp(((const struct build_record *)subject)->kind, value) == 0;
}

static bool is_other_type(const void *subject, const char *value)
{
	return !fits_type(subject, value);
}

static const char *description(const void *subject)
{
	const struct build_record *record = subject;

	return record->description ? record->description : "";
}

static bool fits_description(const void *subject, const char *value)
{
	return strcmp(description(subject), value) == 0;
}

static bool matches_description(const void *subject, const char *value)
{
	regex_t pattern;
	bool matches;

	if (regcomp(&pattern, value, REG_EXTENDED | REG_NOSUB) != 0)
		return false;
	matches = regexec(&pattern, description(subject), 0, NULL, 0) == 0;
	regfree(&pattern);
	return matches;
}

static int check_pattern(const char *value, struct error *err)
{
	regex_t pattern;

	if (regcomp(&pattern, value, REG_EXTENDED | REG_NOSUB) != 0)
		return error_set(err, ERROR_INVALID, "'%.200s' is not a regular expression", value);
	regfree(&pattern);
	return 0;
}

static bool fits_flag(bool flag, const char *value)
{
	bool wanted = true;

	units_parse_bool(&wanted, value, NULL);
	return flag == wanted;
}

static bool fits_in_use(const void *subject, const char *value)
{
	return fits_flag(((const struct build_record *)subject)->is_in_use, value);
}

static bool fits_shared(const void *subject, const char *value)
{
	return fits_flag(((const struct build_record *)subject)->is_shared, value);
}

static bool fits_private(const void *subject, const char *value)
{
	return !fits_shared(subject, value);
}

static bool fits_mutable(const void *subject, const char *value)
{
	return fits_flag(fits_type(subject, "exec.cachemount"), value);
}

static bool fits_immutable(const void *subject, const char *value)
{
	return !fits_mutable(subject, value);
}

const struct filter build_filters[] = {
	{"until", .fits = fits_until, .check = filters_check_time},
	{"unused-for", .fits = fits_until, .check = filters_check_time},
	{"id", .fits = fits_id, .is_any = true},
	{"type", .fits = fits_type, .is_any = true},
	{"type!", .fits = is_other_type},
	{"description", .fits = fits_description, .is_any = true},
	{"description~", .fits = matches_description, .check = check_pattern},
	{"inuse", .fits = fits_in_use, .check = filters_check_bool, .is_flag = true},
	{"shared", .fits = fits_shared, .check = filters_check_bool, .is_flag = true},
	{"private", .fits = fits_private, .check = filters_check_bool, .is_flag = true},
	{"mutable", .fits = fits_mutable, .check = filters_check_bool, .is_flag = true},
	{"immutable", .fits = fits_immutable, .check = filters_check_bool, .is_flag = true},
	{0},
};
