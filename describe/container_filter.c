/* SPDX-License-Identifier: Apache-2.0 */
#include "describe/container_filter.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "base/strvec.h"
#include "describe/objects.h"
#include "engine/container.h"

#include <string.h>

static bool fits_label(const struct container *container, const char *wanted)
{
	return describe_label_fits(container->config.labels, container->config.label_count, wanted);
}

static bool fits_name(const struct container *container, const char *value)
{
	return container->name && strstr(container->name, value);
}

static bool fits_status(const struct container *container, const char *value)
{
	return strcmp(container_statuses[container->state.status], value) == 0;
}

static const struct {
	const char *name;
	bool (*fits)(const struct container *container, const char *value);
	bool is_any; /* several: one must fit */
} filters[] = {
	{"label=", fits_label, false}, {"name=", fits_name, true}, {"status=", fits_status, true}};

/* The row of @filters; -1: there is none. */
static int find(const char *text)
{
	for (size_t i = 0; i < array_length(filters); i++)
		if (strncmp(text, filters[i].name, strlen(filters[i].name)) == 0)
			return (int)i;
	return -1;
}

int container_filter_check(const struct strvec *texts, struct error *err)
{
	strvec_each (text, texts)
		if (find(*text) < 0)
			return error_set(
				err, ERROR_INVALID,
				"unknown filter '%s': there are label=, name= and status=", *text);
	return 0;
}

bool container_filter_fits(const struct strvec *texts, const struct container *container)
{
	bool is_asked[array_length(filters)] = {0}, has_one[array_length(filters)] = {0};

	strvec_each (text, texts) {
		int i = find(*text);
		bool fits = i >= 0 && filters[i].fits(container, *text + strlen(filters[i].name));

		if (i < 0 || (!fits && !filters[i].is_any))
			return false;
		is_asked[i] = true;
		has_one[i] |= fits;
	}
	for (size_t i = 0; i < array_length(filters); i++)
		if (is_asked[i] && !has_one[i])
			return false;
	return true;
}

bool container_filter_asks_status(const struct strvec *texts)
{
	strvec_each (text, texts)
		if (strncmp(*text, "status=", 7) == 0)
			return true;
	return false;
}
