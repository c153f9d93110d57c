/* SPDX-License-Identifier: Apache-2.0 */
#include "base/alloc.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void alloc_fail(void)
{
	static const char message[] = "coracle: out of memory\n";

	if (write(STDERR_FILENO, message, sizeof(message) - 1) < 0)
		_exit(1);
	_exit(1);
}

static void *checked(void *p)
{
	if (!p)
		alloc_fail();
	return p;
}

void *alloc_bytes(size_t size)
{
	return checked(malloc(size ? size : 1));
}

void *alloc_zeroed(size_t count, size_t size)
{
	return checked(calloc(count ? count : 1, size ? size : 1));
}

void *alloc_resize(void *p, size_t count, size_t size)
{
	if (size && count > SIZE_MAX / size)
		return checked(NULL);
	return checked(realloc(p, count && size ? count * size : 1));
}

char *alloc_string(const char *text)
{
	return checked(strdup(text));
}

char *alloc_string_n(const char *text, size_t length)
{
	return checked(strndup(text, length));
}

char *alloc_vformat(const char *format, va_list args)
{
	char *text = NULL;

	if (vasprintf(&text, format, args) < 0)
		text = NULL;
	return checked(text);
}

char *alloc_format(const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	text = alloc_vformat(format, args);
	va_end(args);
	return text;
}
