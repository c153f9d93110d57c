/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/logfile.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/units.h"

static const struct driver {
	const char *name;
	struct log_options defaults;
} drivers[] = {
	{"json-file", {.max_size = INT64_C(10) << 20, .max_files = 3}},
	/* The same format on disk; only the defaults are those of Docker's driver. */
	{"local", {.max_size = INT64_C(20) << 20, .max_files = 5}},
	{"none", {.is_disabled = true, .max_size = -1, .max_files = 1}},
};

static int parse_max_size(struct log_options *options, const char *value, struct error *err)
{
	if (units_parse_size(&options->max_size, value, err) < 0)
		return -1;
	if (options->max_size < 1 && options->max_size != -1)
		return error_set(err, ERROR_INVALID, "'%s' is not positive; -1 means without limit",
				 value);
	return 0;
}

static int parse_max_file(struct log_options *options, const char *value, struct error *err)
{
	int64_t count;

	if (units_parse_int(&count, value, 1, 10000, err) < 0)
		return -1;
	options->max_files = (int)count;
	return 0;
}

static const struct option {
	const char *name;
	int (*parse)(struct log_options *options, const char *value, struct error *err);
} known[] = {
	{"max-size", parse_max_size},
	{"max-file", parse_max_file},
};

static int parse_option(struct log_options *options, const char *driver,
			const struct log_option_pair *pair, struct error *err)
{
	for (size_t i = 0; i < array_length(known); i++) {
		if (strcmp(known[i].name, pair->name) != 0)
			continue;
		if (known[i].parse(options, pair->value, err) < 0)
			return error_wrap(err, "cannot use the log option '%s'", pair->name);
		return 0;
	}
	return error_set(err, ERROR_UNSUPPORTED,
			 "the log option '%s' is not supported by the driver '%s': use max-size or "
			 "max-file",
			 pair->name, driver);
}

int log_options_parse(struct log_options *options, const char *driver,
		      const struct log_option_pair *pairs, size_t count, struct error *err)
{
	const struct driver *found = NULL;
	struct log_options parsed;

	if (!driver || !*driver)
		driver = drivers[0].name;
	for (size_t i = 0; i < array_length(drivers); i++)
		if (strcmp(drivers[i].name, driver) == 0)
			found = &drivers[i];
	if (!found)
		return error_set(err, ERROR_UNSUPPORTED,
				 "the log driver '%s' is not supported: use json-file, local or "
				 "none",
				 driver);
	parsed = found->defaults;
	for (size_t i = 0; i < count; i++)
		if (parse_option(&parsed, driver, &pairs[i], err) < 0)
			return -1;
	*options = parsed;
	return 0;
}
