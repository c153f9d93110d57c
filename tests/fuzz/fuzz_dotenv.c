/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a .env file and as a raw env_file.
 */
#include "base/error.h"
#include "base/log.h"
#include "compose/model/dotenv.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *lookup(void *data, const char *name)
{
	(void)data;
	return name[0] == 'A' ? "value" : NULL;
}

static void set(void *data, const char *name, const char *value)
{
	size_t *total = data;

	if (!*name)
		abort();
	*total += strlen(name) + (value ? strlen(value) : 0);
}

static void ignore(enum log_level level, const char *text, void *data)
{
	(void)level;
	(void)text;
	(void)data;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t total = 0;
	const struct dotenv dotenv = {.lookup = lookup, .set = set, .data = &total};
	/* No NUL behind it: what reads too far is seen. */
	char *copy = malloc(size ? size : 1);
	struct error err;

	memcpy(copy, data, size);
	log_set_sink(ignore, NULL);
	log_forget();
	dotenv_parse(&dotenv, copy, size, "fuzz", &err);
	dotenv_parse_raw(&dotenv, copy, size, "fuzz", &err);
	free(copy);
	return 0;
}
