/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Instructions of `commit --change`, one a line, all for one configuration.
 */
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "storage/image/image_change.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_free char *text = alloc_string_n((const char *)data, size);
	auto_json json *config = json_new_object();
	auto_strbuf struct strbuf out = {0};
	char *save = NULL;

	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		struct error err = {0};

		if (image_change_apply(config, line, &err) < 0 && !err.text[0])
			__builtin_trap();
	}
	json_print(&out, config, false);
	return 0;
}
