/* SPDX-License-Identifier: Apache-2.0 */
/* What rules have found. */
#include "base/arena.h"
#include "builder/dockerfile/lint_private.h"

#include <stdarg.h>
#include <stdio.h>

void lint_add(struct lint *lint, struct dockerfile_warning warning)
{
	lint->warnings = arena_grow(lint->arena, lint->warnings, lint->count, sizeof(warning));
	lint->warnings[lint->count++] = warning;
}

void lint_report(struct lint *lint, int line, const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	lint_add(lint, (struct dockerfile_warning){.line = line,
						   .rule = lint->rule->name,
						   .text = arena_string(lint->arena, text)});
}
