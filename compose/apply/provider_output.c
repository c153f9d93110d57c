/* SPDX-License-Identifier: Apache-2.0 */
#include "compose/apply/provider_output.h"

#include "base/error.h"
#include "base/json.h"
#include "base/record.h"
#include "base/strbuf.h"

#include <ctype.h>
#include <string.h>

static const char *const words[] = {
	[PROVIDER_INFO] = "info",	    [PROVIDER_DEBUG] = "debug",
	[PROVIDER_ERROR] = "error",	    [PROVIDER_SETENV] = "setenv",
	[PROVIDER_RAWSETENV] = "rawsetenv", NULL,
};

int provider_output_read(enum provider_word *word, struct strbuf *text, const char *line,
			 size_t length, struct error *err)
{
	auto_json json *message = json_parse(line, length, "a line of its output", err);
	const char *type = json_string(message, "type", "");
	int found = record_find_word(words, type);

	if (!message)
		return -1;
	if (found < 0)
		return error_set(err, ERROR_INVALID,
				 "a message of its has the unknown type '%.100s'", type);
	*word = (enum provider_word)found;
	strbuf_add(text, json_string(message, "message", ""));
	return 0;
}

int provider_output_variable(struct strbuf *out, const char *service, const char *text,
			     struct error *err)
{
	if (!strchr(text, '=') || *text == '=')
		return error_set(err, ERROR_INVALID, "it sets '%.100s', which is not NAME=VALUE",
				 text);
	for (const char *c = service; c && *c; c++)
		strbuf_add_char(out, isalnum((unsigned char)*c) ? (char)toupper((unsigned char)*c)
								: '_');
	strbuf_printf(out, "%s%s", service ? "_" : "", text);
	return 0;
}
