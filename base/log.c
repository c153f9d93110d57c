/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include "base/alloc.h"
#include "base/map.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static log_sink *current_sink;
static void *current_data;
static bool debug_enabled;
static struct map said; /* by log_warning_once */

void log_set_sink(log_sink *sink, void *data)
{
	current_sink = sink;
	current_data = data;
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

void log_warning_once(const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	text = alloc_vformat(format, args);
	va_end(args);
	if (!map_set(&said, text, &said))
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
