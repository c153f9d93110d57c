/* SPDX-License-Identifier: Apache-2.0 */
/* Words that an option's help lists: "fits: status=STATUS, type=builtin|custom", "a table, JSON";
 * see cli/offers.h. */
#include "cli/offers.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "cli/invocation.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* What can stand behind "NAME=": words as they are, or objects, of which the name tells where the
 * value is only called a NAME. */
static void offer_values(struct offers *offers, const char *name, const char *value)
{
	struct arena *arena = offers->invocation->arena;
	char *words = arena_string(arena, value), *kind = arena_string(arena, name);

	if (islower((unsigned char)*words)) {
		for (char *c = words; *c; c++)
			*c = *c == '|' ? ' ' : *c;
		offers_add_words(offers, words);
		return;
	}
	for (char *c = kind; *c; c++)
		*c = (char)toupper((unsigned char)*c);
	offers_add_kind(offers, strcmp(words, "NAME") == 0 ? kind : words);
}

/* "status=ru": what has been typed of the value is compared, the name stays in front. */
static void complete_value(struct offers *offers, const char *name, const char *value)
{
	struct arena *arena = offers->invocation->arena;
	struct strvec others = offers->found;
	const char *prefix = offers->prefix;

	offers->found = (struct strvec){0};
	offers->prefix = strchr(prefix, '=') + 1;
	offer_values(offers, name, value);
	strvec_each (word, &offers->found)
		strvec_add(&others, arena_format(arena, "%s=%s", name, *word));
	strvec_release(&offers->found);
	offers->found = others;
	offers->prefix = prefix;
}

static void offer_filter(struct offers *offers, const char *item)
{
	struct arena *arena = offers->invocation->arena;
	const char *equals = strchr(item, '=');
	char *name;

	if (!equals) {
		offers_add(offers, item);
		return;
	}
	name = arena_string_n(arena, item, (size_t)(equals - item));
	if (strncmp(offers->prefix, item, strlen(name) + 1) == 0)
		complete_value(offers, name, equals + 1);
	else
		offers_add(offers, arena_format(arena, "%s=", name));
}

void offers_add_filters(struct offers *offers, const char *help)
{
	static const char begin[] = " fits: ";
	const char *at = strstr(help, begin);

	for (at = at ? at + strlen(begin) : ""; *at;) {
		size_t length = strcspn(at, ",");

		offer_filter(offers, arena_string_n(offers->invocation->arena, at, length));
		at += length + strspn(at + length, ", ");
	}
}

void offers_add_formats(struct offers *offers, const char *help, const char *fallback)
{
	if (fallback)
		offers_add_words(offers, fallback);
	if (strstr(help, "JSON"))
		offers_add(offers, "json");
}
