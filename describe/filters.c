/* SPDX-License-Identifier: Apache-2.0 */
#include "describe/filters.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "base/units.h"
#include "describe/times.h"

#include <regex.h>
#include <stdint.h>
#include <string.h>

static bool is_named(const char *text, const char *name)
{
	size_t length = strlen(name);

	return strncmp(text, name, length) == 0 && text[length] == '=';
}

static const struct filter *find(const struct filter *table, const char *text)
{
	for (; table->name; table++)
		if (is_named(text, table->name) ||
		    (table->is_flag && strcmp(text, table->name) == 0))
			return table;
	return NULL;
}

static const char *value_of(const struct filter *filter, const char *text)
{
	const char *equals = text + strlen(filter->name);

	return *equals ? equals + 1 : "true";
}

static int refuse(const struct filter *table, const char *text, struct error *err)
{
	auto_strbuf struct strbuf list = {0};

	if (!table[1].name)
		return error_set(err, ERROR_INVALID, "unknown filter '%s': there is only %s=", text,
				 table->name);
	for (const struct filter *row = table; row->name; row++)
		strbuf_printf(&list, "%s%s=",
			      row == table  ? ""
			      : row[1].name ? ", "
					    : " and ",
			      row->name);
	return error_set(err, ERROR_INVALID, "unknown filter '%s': there are %s", text,
			 strbuf_text(&list));
}

int filters_check(const struct filter *table, const struct strvec *texts, struct error *err)
{
	strvec_each (text, texts) {
		const struct filter *filter = find(table, *text);

		if (!filter)
			return refuse(table, *text, err);
		if (filter->check && filter->check(value_of(filter, *text), err) < 0)
			return error_wrap(err, "filter '%s'", *text);
	}
	return 0;
}

bool filters_fit(const struct filter *table, const struct strvec *texts, const void *subject)
{
	uint32_t asked = 0, found = 0; /* a bit for each row */

	strvec_each (text, texts) {
		const struct filter *filter = find(table, *text);
		bool fits = filter && filter->fits(subject, value_of(filter, *text));

		if (!filter || (!fits && !filter->is_any))
			return false;
		asked |= 1U << (filter - table);
		found |= (uint32_t)fits << (filter - table);
	}
	return asked == found;
}

bool filters_ask(const struct strvec *texts, const char *name)
{
	strvec_each (text, texts)
		if (is_named(*text, name))
			return true;
	return false;
}

int filters_check_bool(const char *value, struct error *err)
{
	bool ignored;

	return units_parse_bool(&ignored, value, err);
}

int filters_check_time(const char *value, struct error *err)
{
	struct timespec now = units_now(), time;

	return times_parse(&time, value, &now, err);
}

bool filters_match(const char *text, const char *pattern)
{
	regex_t compiled;
	bool fits;

	if (regcomp(&compiled, pattern, REG_EXTENDED | REG_NOSUB) != 0)
		return strstr(text, pattern);
	fits = regexec(&compiled, text, 0, NULL, 0) == 0;
	regfree(&compiled);
	return fits;
}
