/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines of a provider's output: what they set are variables, and what is wrong is said.
 */
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "compose/apply/provider_output.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static void set(const char *service, const char *text)
{
	auto_strbuf struct strbuf variable = {0};
	struct error err = {0};

	if (provider_output_variable(&variable, service, text, &err) < 0) {
		if (!err.text[0])
			abort();
		return;
	}
	if (strbuf_text(&variable)[0] == '=' || !strchr(variable.text, '='))
		abort();
	if (service && strncmp(variable.text, "A_B_", 4) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_free char *output = alloc_string_n((const char *)data, size);
	char *rest = output, *line;

	while ((line = strsep(&rest, "\n"))) {
		auto_strbuf struct strbuf text = {0};
		struct error err = {0};
		enum provider_word word;

		if (provider_output_read(&word, &text, line, strlen(line), &err) < 0) {
			if (!err.text[0])
				abort();
			continue;
		}
		if (word > PROVIDER_RAWSETENV)
			abort();
		set("a-b", strbuf_text(&text));
		set(NULL, strbuf_text(&text));
	}
	return 0;
}
