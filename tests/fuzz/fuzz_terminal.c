/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Nothing but the permitted alphabet leaves the terminal filters.
 */
#include "base/strbuf.h"
#include "cli/screen/filter.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_log(const struct strbuf *out)
{
	for (size_t i = 0; i < out->length; i++) {
		unsigned char c = (unsigned char)out->text[i];

		if (c == 0x7f || (c < 0x20 && c != '\n' && c != '\t' && c != 0x1b))
			abort();
		if (c != 0x1b)
			continue;
		if (out->text[i + 1] != '[')
			abort();
		i += 2 + strspn(out->text + i + 2, "0123456789;:");
		if (out->text[i] != 'm')
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_strbuf struct strbuf text = {0}, log = {0};

	filter_text(&text, (const char *)data, size);
	for (size_t i = 0; i < text.length; i++)
		if ((unsigned char)text.text[i] < 0x20 || text.text[i] == 0x7f)
			abort();
	filter_log(&log, (const char *)data, size);
	check_log(&log);
	return 0;
}
