/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/transport/disposition.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/strbuf.h"
#include "registry/url.h"

#include <string.h>
#include <strings.h>

/* One ";NAME=VALUE"; returns what is behind it. */
static const char *read_parameter(const char *text, char **name, char **value)
{
	struct strbuf out = {0};
	size_t length = strcspn(text, "=;");

	*name = alloc_string_n(text, length);
	text += length + (text[length] == '=');
	text += strspn(text, " \t");
	if (*text != '"') {
		length = strcspn(text, "; \t");
		*value = alloc_string_n(text, length);
		return text + length;
	}
	for (text++; *text && *text != '"'; text++) {
		text += *text == '\\' && text[1];
		strbuf_add_char(&out, *text);
	}
	*value = strbuf_take(&out);
	return text + (*text == '"');
}

/* "UTF-8'LANGUAGE'%e2%82%ac" (RFC 8187); NULL: another character set. */
static char *decode(const char *text)
{
	struct strbuf out = {0};
	const char *quote = strncasecmp(text, "UTF-8'", 6) == 0 ? strchr(text + 6, '\'') : NULL;

	if (!quote)
		return NULL;
	url_unescape(&out, quote + 1, strlen(quote + 1));
	return strbuf_take(&out);
}

static void replace(char **member, char *value)
{
	free(*member);
	*member = value;
}

char *disposition_file_name(const char *value)
{
	auto_free char *plain = NULL, *extended = NULL;

	while ((value = strchr(value, ';'))) {
		auto_free char *name = NULL, *text = NULL;

		value++;
		value = read_parameter(value + strspn(value, " \t"), &name, &text);
		if (strcasecmp(name, "filename*") == 0)
			replace(&extended, decode(text));
		else if (strcasecmp(name, "filename") == 0)
			replace(&plain, take_ptr(text));
	}
	return extended ? take_ptr(extended) : take_ptr(plain);
}
