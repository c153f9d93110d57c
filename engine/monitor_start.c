/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/monitor_start.h"

#include "base/cleanup.h"
#include "base/error.h"

#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define START(member) offsetof(struct monitor_start, member)

/* In the order in which earlier versions, of which keepers may still be there, give bare numbers.
 */
static const struct row {
	const char *name;
	size_t offset;
	bool is_number; /* of no descriptor */
} rows[] = {
	{"lock", START(lock_fd), false},
	{"ready", START(ready_fd), false},
	{"netns", START(netns_fd), false},
	{"sync", START(sync_fd), false},
	{"terminal", START(terminal_fd), false},
	{"pidfd", START(pidfd), false},
	{"pid", START(pid), true},
	{"keeper", START(keeper_fd), false},
	{"attach", START(waits_for_attach), true},
};

static int value_of(const struct monitor_start *start, const struct row *row)
{
	return *(const int *)((const char *)start + row->offset);
}

void monitor_start_format(char text[MONITOR_START_SIZE], const struct monitor_start *start)
{
	int length = 0;

	text[0] = '\0';
	for (size_t i = 0; i < array_length(rows); i++)
		if (value_of(start, &rows[i]) >= 0)
			length += snprintf(text + length, MONITOR_START_SIZE - (size_t)length,
					   "%s%s=%d", length ? "," : "", rows[i].name,
					   value_of(start, &rows[i]));
}

/* The row that "NAME=" begins; the @position-th for a bare number. */
static const struct row *find_row(const char *item, size_t position)
{
	size_t length = strcspn(item, "=,");

	if (item[length] != '=')
		return position < array_length(rows) ? &rows[position] : NULL;
	for (size_t i = 0; i < array_length(rows); i++)
		if (strlen(rows[i].name) == length && strncmp(item, rows[i].name, length) == 0)
			return &rows[i];
	return NULL;
}

int monitor_start_parse(struct monitor_start *start, const char *text, struct error *err)
{
	const char *item = text;

	*start = (struct monitor_start)MONITOR_START_NOTHING;
	for (size_t position = 0; *item; position++) {
		const struct row *row = find_row(item, position);
		size_t length = strcspn(item, ",");
		const char *equals = memchr(item, '=', length);
		const char *digits = equals ? equals + 1 : item;
		char *end;
		long value = strtol(digits, &end, 10);

		if (!row || end == digits || end != item + length)
			return error_set(err, ERROR_INVALID, "'%s' is not how a monitor starts",
					 text);
		*(int *)((char *)start + row->offset) = (int)value;
		item = end + (*end == ',');
	}
	return 0;
}

void monitor_start_keep(const struct monitor_start *start)
{
	for (size_t i = 0; i < array_length(rows); i++)
		if (!rows[i].is_number && value_of(start, &rows[i]) >= 0)
			fcntl(value_of(start, &rows[i]), F_SETFD, 0);
}
