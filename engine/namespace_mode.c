/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/namespace_mode.h"

#include "base/cleanup.h"

#include <stddef.h>
#include <string.h>

static const struct {
	const char *word; /* with a colon, a name follows */
	enum namespace_kind kind;
} words[] = {
	{"host", NAMESPACE_HOST},
	{"none", NAMESPACE_NONE},
	{"private", NAMESPACE_PRIVATE},
	{"shareable", NAMESPACE_SHAREABLE},
	{"container:", NAMESPACE_CONTAINER},
	{"service:", NAMESPACE_SERVICE},
};

struct namespace_mode namespace_mode_parse(const char *text)
{
	for (size_t i = 0; text && i < array_length(words); i++) {
		size_t length = strlen(words[i].word);
		bool takes_name = words[i].word[length - 1] == ':';

		if (strncmp(text, words[i].word, length) == 0 && (takes_name || !text[length]))
			return (struct namespace_mode){words[i].kind,
						       takes_name ? text + length : NULL};
	}
	return (struct namespace_mode){NAMESPACE_OWN, NULL};
}

bool namespace_mode_is(const char *text, enum namespace_kind kind)
{
	return namespace_mode_parse(text).kind == kind;
}

bool namespace_mode_is_foreign(const char *text)
{
	enum namespace_kind kind = namespace_mode_parse(text).kind;

	return kind == NAMESPACE_HOST || kind == NAMESPACE_CONTAINER;
}
