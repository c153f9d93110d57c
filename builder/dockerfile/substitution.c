/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/dockerfile/substitution.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "builder/dockerfile/pattern.h"

#include <stddef.h>

static bool has_value(const struct substitution *substitution)
{
	return substitution->value && (!substitution->is_colon || *substitution->value);
}

static int apply_default(const struct substitution *substitution, struct strbuf *out,
			 struct error *err)
{
	(void)err;
	strbuf_add(out, has_value(substitution) ? substitution->value : substitution->word);
	return 0;
}

static int apply_alternative(const struct substitution *substitution, struct strbuf *out,
			     struct error *err)
{
	(void)err;
	strbuf_add(out, has_value(substitution) ? substitution->word : "");
	return 0;
}

static int apply_required(const struct substitution *substitution, struct strbuf *out,
			  struct error *err)
{
	const char *why =
		substitution->value ? "is not allowed to be empty" : "is not allowed to be unset";

	if (!has_value(substitution))
		return error_set(err, ERROR_INVALID, "%.60s: %.200s", substitution->name,
				 *substitution->word ? substitution->word : why);
	strbuf_add(out, substitution->value);
	return 0;
}

/* The sign twice: as much as can be. */
static int apply_trim(const struct substitution *substitution, struct strbuf *out,
		      struct error *err)
{
	char sign = substitution->sign;
	struct pattern_trim trim = {.pattern = substitution->word,
				    .place = sign == '#' ? PATTERN_AT_START : PATTERN_AT_END};

	trim.is_longest = *trim.pattern == sign;
	trim.pattern += trim.is_longest;
	return pattern_trim(out, substitution->value ? substitution->value : "", &trim, err);
}

static const struct modifier {
	char sign;
	enum substitution_kind kind;
	int (*apply)(const struct substitution *substitution, struct strbuf *out,
		     struct error *err);
} modifiers[] = {
	{'-', SUBSTITUTION_BY_WORD, apply_default},  {'+', SUBSTITUTION_BY_WORD, apply_alternative},
	{'?', SUBSTITUTION_BY_WORD, apply_required}, {'#', SUBSTITUTION_BY_PATTERN, apply_trim},
	{'%', SUBSTITUTION_BY_PATTERN, apply_trim},
};

/* A colon asks whether a value is empty, which no pattern does. */
static const struct modifier *find(const struct substitution *substitution)
{
	for (size_t i = 0; i < array_length(modifiers); i++)
		if (modifiers[i].sign == substitution->sign &&
		    (!substitution->is_colon || modifiers[i].kind == SUBSTITUTION_BY_WORD))
			return &modifiers[i];
	return NULL;
}

enum substitution_kind substitution_kind_of(const struct substitution *substitution)
{
	const struct modifier *modifier = find(substitution);

	return modifier ? modifier->kind : SUBSTITUTION_UNKNOWN;
}

int substitution_apply(const struct substitution *substitution, struct strbuf *out,
		       struct error *err)
{
	const struct modifier *modifier = find(substitution);

	return modifier ? modifier->apply(substitution, out, err) : -1;
}
