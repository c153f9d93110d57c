/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The filters of container ls and of ps.
 */
#include "describe/filters.h"

#include "base/error.h"
#include "base/pair.h"
#include "base/record.h"
#include "engine/container.h"

#include <string.h>

static bool fits_label(const void *subject, const char *wanted)
{
	const struct container *container = subject;

	return pair_fits(container->config.labels, container->config.label_count, wanted);
}

static bool fits_name(const void *subject, const char *value)
{
	const struct container *container = subject;

	return container->name && strstr(container->name, value);
}

static bool fits_status(const void *subject, const char *value)
{
	const struct container *container = subject;

	return strcmp(container_statuses[container->state.status], value) == 0;
}

static int check_status(const char *value, struct error *err)
{
	if (record_find_word(container_statuses, value) >= 0)
		return 0;
	return error_set(err, ERROR_INVALID,
			 "unknown status '%s': created, running, paused, restarting, removing, "
			 "exited or dead",
			 value);
}

const struct filter container_filters[] = {
	{"label", .fits = fits_label},
	{"name", .fits = fits_name, .is_any = true},
	{"status", .fits = fits_status, .is_any = true},
	{0},
};

const struct filter container_filters_of_ps[] = {
	{"status", .fits = fits_status, .is_any = true, .check = check_status},
	{0},
};
