/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any text with variables; some are set, one to something that looks like a variable.
 */
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/log.h"
#include "base/strbuf.h"
#include "compose/model/interpolate.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *lookup(void *data, const char *name)
{
	(void)data;
	switch (name[0]) {
	case 'A':
		return "value";
	case 'B':
		return "";
	case 'C':
		return "${D";
	default:
		return NULL;
	}
}

static void count(void *data, const char *name, const char *value, const char *other, bool required)
{
	size_t *total = data;

	*total +=
		strlen(name) + (value ? strlen(value) : 0) + (other ? strlen(other) : 0) + required;
}

static void ignore(enum log_level level, const char *text, void *data)
{
	(void)level;
	(void)text;
	(void)data;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_free char *text = alloc_string_n((const char *)data, size);
	struct interpolation interpolation = {.lookup = lookup};
	auto_strbuf struct strbuf out = {0};
	struct error err;
	size_t total = 0;

	log_set_sink(ignore, NULL);
	log_forget();
	interpolate_text(&out, text, &interpolation, &err);
	interpolate_list(text, count, &total);
	return 0;
}
