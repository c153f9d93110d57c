/* SPDX-License-Identifier: Apache-2.0 */
#include "compose/model/mistake.h"

#include "base/alloc.h"
#include "base/cleanup.h"

#include <stdio.h>
#include <string.h>

#define MOST_NAMES 1000 /* to look for a similar one among */

bool mistake_is_known(const struct check *check, const struct step *way)
{
	auto_strbuf struct strbuf path = {0};

	if (!check->problems->paths.count)
		return false;
	place_format(&path, way);
	return problems_touch(check->problems, strbuf_text(&path));
}

void mistake_suggest(struct strbuf *out, struct names names, const char *text)
{
	auto_free const char **all = alloc_zeroed(names.count + 1, sizeof(*all));

	if (names.count > MOST_NAMES)
		return;
	for (size_t i = 0; i < names.count; i++)
		all[i] = *(char *const *)((const char *)names.items + i * names.size);
	problem_add_suggestion(out, all, text);
}

void mistake_undefined(struct check *check, const struct step *way, const char *kind,
		       const char *name, struct names names)
{
	auto_strbuf struct strbuf hint = {0};
	char section[16];

	snprintf(section, sizeof(section), "%ss", kind);
	/* A section that is wrong itself has lost its members. */
	if (map_has(&check->problems->paths, section))
		return;
	mistake_suggest(&hint, names, name);
	if (!hint.length) {
		bool may_be_empty = strcmp(kind, "network") == 0 || strcmp(kind, "volume") == 0;

		strbuf_printf(&hint, "; there is no '%s' in the top-level %s", name, section);
		if (may_be_empty)
			strbuf_printf(&hint, ": create it with '%s: {%s: }'", section, name);
	}
	fail(check, way, "service \"%s\" refers to undefined %s %s" INVALID "%s", kind, name,
	     strbuf_text(&hint));
}

void mistake_unknown_service(struct check *check, const struct step *way, const char *name)
{
	auto_strbuf struct strbuf hint = {0};

	if (project_find_any_service(check->project, name))
		strbuf_add(&hint, "; it is there, but none of its profiles is active");
	else
		mistake_suggest(&hint, NAMES(check->project->services), name);
	fail(check, way, "service \"%s\" depends on undefined service \"%s\"" INVALID "%s", name,
	     strbuf_text(&hint));
}

bool mistake_is_one_of(const char *text, const char *const *words)
{
	while (*words && strcmp(*words, text) != 0)
		words++;
	return *words != NULL;
}
