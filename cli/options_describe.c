/* SPDX-License-Identifier: Apache-2.0 */
/* Options for help and manual pages: which are shown, and what is said of each. */
#include "cli/options.h"

#include "base/alloc.h"
#include "base/strbuf.h"

#include <stdlib.h>
#include <string.h>

static int by_name(const void *a, const void *b)
{
	const struct option_spec *const *left = a, *const *right = b;

	return strcmp((*left)->name, (*right)->name);
}

const struct option_spec **options_shown(const struct option_spec *specs)
{
	const struct option_spec **shown;
	size_t count = 0;

	while (specs && specs[count].name)
		count++;
	shown = alloc_zeroed(count + 1, sizeof(*shown));
	count = 0;
	for (; specs && specs->name; specs++)
		if (!specs->is_hidden && specs->kind != OPTION_UNAVAILABLE)
			shown[count++] = specs;
	qsort(shown, count, sizeof(*shown), by_name);
	return shown;
}

/* "always missing never": "always, missing or never". */
static void add_words(struct strbuf *out, const char *words)
{
	while (*words) {
		size_t length = strcspn(words, " ");
		const char *next = words + length + strspn(words + length, " ");

		strbuf_printf(out, "%.*s", (int)length, words);
		if (*next)
			strbuf_add(out, strchr(next, ' ') ? ", " : " or ");
		words = next;
	}
}

void options_describe(struct strbuf *out, const struct option_spec *spec)
{
	strbuf_add(out, spec->help);
	if (spec->words) {
		strbuf_add(out, ": ");
		add_words(out, spec->words);
	}
	if (spec->fallback)
		strbuf_printf(out, " (default %s)", spec->fallback);
}
