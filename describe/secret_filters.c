/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The filters of secret ls and config ls.
 */
#include "describe/filters.h"

#include "base/pair.h"
#include "storage/secret/secret_store.h"

#include <string.h>

static bool fits_id(const void *subject, const char *value)
{
	const struct secret_object *object = subject;

	return strncmp(object->id, value, strlen(value)) == 0;
}

static bool fits_label(const void *subject, const char *wanted)
{
	const struct secret_object *object = subject;

	return pair_fits(object->labels, object->label_count, wanted);
}

static bool fits_name(const void *subject, const char *value)
{
	const struct secret_object *object = subject;

	return strstr(object->name, value) != NULL;
}

const struct filter secret_filters[] = {
	{"id", .fits = fits_id, .is_any = true},
	{"label", .fits = fits_label},
	{"name", .fits = fits_name, .is_any = true},
	{0},
};
