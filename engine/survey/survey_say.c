/* SPDX-License-Identifier: Apache-2.0 */
/* How the checks say what they have found. */
#include "engine/survey/survey_private.h"

#include "base/arena.h"

void survey_say(struct survey *survey, const char *name, enum survey_verdict verdict,
		const char *detail)
{
	survey->findings = arena_grow(survey->arena, survey->findings, survey->count,
				      sizeof(*survey->findings));
	survey->findings[survey->count++] = (struct survey_finding){
		.name = name,
		.verdict = verdict,
		.detail = arena_string(survey->arena, detail),
	};
}

void survey_advise(struct survey *survey, const char *remedy)
{
	struct survey_finding *last = &survey->findings[survey->count - 1];

	if (last->verdict != SURVEY_OK)
		last->remedy = remedy;
}
