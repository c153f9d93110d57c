/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/map.h"
#include "base/strbuf.h"
#include "base/strvec.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define MOST_SUBJECTS 10

static log_sink *current_sink;
static void *current_data;
static bool debug_enabled;
static struct map said; /* by log_warning_once */
static bool is_gathering;
static const char *subject;
static struct map gathered; /* texts with the list of their subjects */

void log_set_sink(log_sink *sink, void *data)
{
	current_sink = sink;
	current_data = data;
	is_gathering = false; /* a child says at once, to who gathers */
}

void log_forget(void)
{
	map_release(&said);
}

void log_set_debug(bool enabled)
{
	debug_enabled = enabled;
}

static void pass(enum log_level level, const char *text)
{
	static const char *const prefixes[] = {"debug: ", "", "warning: "};

	if (current_sink)
		current_sink(level, text, current_data);
	else
		fprintf(stderr, "%s%s\n", prefixes[level], text);
}

static void say(enum log_level level, const char *format, va_list args)
	__attribute__((format(printf, 2, 0)));

static void say(enum log_level level, const char *format, va_list args)
{
	char *text = alloc_vformat(format, args);

	pass(level, text);
	free(text);
}

void log_warning(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(LOG_LEVEL_WARNING, format, args);
	va_end(args);
}

void log_gather(void)
{
	is_gathering = true;
}

void log_set_subject(const char *name)
{
	subject = name;
}

/* " (services a, b)", the first ones; "" for none. */
static void list_subjects(struct strbuf *out, const char *what, const struct strvec *names)
{
	if (names->count > 0)
		strbuf_printf(out, " (%s%s ", what, names->count > 1 ? "s" : "");
	for (size_t i = 0; i < names->count && i < MOST_SUBJECTS; i++)
		strbuf_printf(out, "%s%s", i ? ", " : "", names->items[i]);
	if (names->count > 0)
		strbuf_add(out, names->count > MOST_SUBJECTS ? ", …)" : ")");
}

void log_gather_end(const char *what)
{
	is_gathering = false;
	map_each (entry, &gathered) {
		auto_strbuf struct strbuf names = {0};

		strvec_sort(entry->value);
		list_subjects(&names, what, entry->value);
		log_warning_once("%s%s", entry->key, strbuf_text(&names));
		strvec_release(entry->value);
		free(entry->value);
	}
	map_release(&gathered);
}

static bool gather(const char *text)
{
	void **slot = is_gathering ? map_slot(&gathered, text) : NULL;

	if (!slot)
		return false;
	if (!*slot)
		*slot = alloc_zeroed(1, sizeof(struct strvec));
	if (subject && !strvec_contains(*slot, subject))
		strvec_add(*slot, subject);
	return true;
}

void log_warning_once(const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	text = alloc_vformat(format, args);
	va_end(args);
	if (!gather(text) && !map_set(&said, text, &said))
		pass(LOG_LEVEL_WARNING, text);
	free(text);
}

void log_info(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(LOG_LEVEL_INFO, format, args);
	va_end(args);
}

void log_debug(const char *format, ...)
{
	va_list args;

	if (!debug_enabled)
		return;
	va_start(args, format);
	say(LOG_LEVEL_DEBUG, format, args);
	va_end(args);
}
