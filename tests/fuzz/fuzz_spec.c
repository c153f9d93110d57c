/* SPDX-License-Identifier: Apache-2.0 */
/* The OCI runtime-spec reader: what it accepts, it can write and read again. */
#include "base/arena.h"
#include "base/error.h"
#include "base/log.h"
#include "runtime/spec_json.h"

#include <stdlib.h>

static void ignore(enum log_level level, const char *text, void *data)
{
	(void)level;
	(void)text;
	(void)data;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	auto_arena struct arena arena = {0};
	auto_json json *document = json_parse((const char *)bytes, size, "fuzz", NULL);
	auto_json json *written = NULL;
	struct error err;
	struct spec spec, again;

	log_set_sink(ignore, NULL);
	if (!document || spec_json_read(&spec, document, &arena, &err) < 0)
		return 0;
	written = spec_json_write(&spec);
	if (spec_json_read(&again, written, &arena, &err) < 0)
		abort();
	return 0;
}
