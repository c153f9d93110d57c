/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/survey/survey.h"

#include "base/cleanup.h"
#include "engine/survey/survey_private.h"

const char *const survey_verdicts[] = {
	[SURVEY_OK] = "ok", [SURVEY_NOTE] = "note", [SURVEY_MISSING] = "missing"};

static void (*const checks[])(struct survey *survey) = {
	survey_kernel,	survey_rights, survey_networks,
	survey_cgroups, survey_places, survey_programs,
};

void survey_run(struct survey *survey)
{
	for (size_t i = 0; i < array_length(checks); i++)
		checks[i](survey);
}

size_t survey_count(const struct survey *survey, enum survey_verdict verdict)
{
	size_t count = 0;

	for (size_t i = 0; i < survey->count; i++)
		count += survey->findings[i].verdict == verdict;
	return count;
}
