/* SPDX-License-Identifier: Apache-2.0 */
#include "describe/volume_filter.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "base/map.h"
#include "base/strbuf.h"
#include "base/units.h"
#include "describe/objects.h"
#include "storage/volume/volume.h"

#include <string.h>

struct subject {
	const struct volume *volume;
	const struct map *used;
};

static bool fits_all(const struct subject *subject, const char *value)
{
	(void)subject;
	(void)value;
	return true; /* prune's "all" says which volumes count at all */
}

static bool fits_dangling(const struct subject *subject, const char *value)
{
	bool wanted = false;

	units_parse_bool(&wanted, value, NULL);
	return (subject->used && !map_has(subject->used, subject->volume->name)) == wanted;
}

static bool fits_driver(const struct subject *subject, const char *value)
{
	return strcmp(subject->volume->driver, value) == 0;
}

static bool fits_label(const struct subject *subject, const char *wanted)
{
	return describe_label_fits(subject->volume->labels, subject->volume->label_count, wanted);
}

static bool lacks_label(const struct subject *subject, const char *wanted)
{
	return !fits_label(subject, wanted);
}

static bool fits_name(const struct subject *subject, const char *value)
{
	return strstr(subject->volume->name, value) != NULL;
}

/* Longer names first where one begins another. */
static const struct filter {
	const char *name;
	bool (*fits)(const struct subject *subject, const char *value);
	bool is_bool, needs_all;
} filters[] = {
	{"all", fits_all, true, true},	       {"dangling", fits_dangling, true, true},
	{"driver", fits_driver, false, false}, {"label!", lacks_label, false, true},
	{"label", fits_label, false, true},    {"name", fits_name, false, false},
};

static const struct filter *find(const char *text, const char **value)
{
	for (size_t i = 0; i < array_length(filters); i++) {
		size_t length = strlen(filters[i].name);

		if (strncmp(text, filters[i].name, length) != 0 || text[length] != '=')
			continue;
		*value = text + length + 1;
		return &filters[i];
	}
	return NULL;
}

int volume_filter_check(const struct strvec *texts, const char *const *names, struct error *err)
{
	strvec_each (text, texts) {
		const char *value;
		const struct filter *filter = find(*text, &value);
		const char *const *name = names;
		bool ignored;

		while (filter && *name && strcmp(*name, filter->name) != 0)
			name++;
		if (!filter || !*name) {
			auto_strbuf struct strbuf list = {0};

			for (name = names; *name; name++)
				strbuf_printf(&list, "%s%s=", list.length ? ", " : "", *name);
			return error_set(err, ERROR_INVALID, "unknown filter '%s': there are %s",
					 *text, strbuf_text(&list));
		}
		if (filter->is_bool && units_parse_bool(&ignored, value, err) < 0)
			return error_wrap(err, "filter '%s'", *text);
	}
	return 0;
}

bool volume_filter_fits(const struct strvec *texts, const struct volume *volume,
			const struct map *used)
{
	const struct subject subject = {volume, used};
	bool asked[array_length(filters)] = {0}, found[array_length(filters)] = {0};

	strvec_each (text, texts) {
		const char *value;
		const struct filter *filter = find(*text, &value);
		bool fits = filter && filter->fits(&subject, value);

		if (!filter || (filter->needs_all && !fits))
			return false;
		asked[filter - filters] = true;
		found[filter - filters] |= fits;
	}
	for (size_t i = 0; i < array_length(filters); i++)
		if (asked[i] && !found[i])
			return false;
	return true;
}

bool volume_filter_needs_use(const struct strvec *texts)
{
	strvec_each (text, texts)
		if (strncmp(*text, "dangling=", 9) == 0)
			return true;
	return false;
}
