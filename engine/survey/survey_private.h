/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine/survey/survey_private.h - how the checks say what they have found.
 */
#pragma once

#include "engine/survey/survey.h"

/* @name and @remedy outlive the survey. */
void survey_say(struct survey *survey, const char *name, enum survey_verdict verdict,
		const char *detail);
/* A remedy for what was said last, if that is not SURVEY_OK. */
void survey_advise(struct survey *survey, const char *remedy);

void survey_kernel(struct survey *survey);
void survey_rights(struct survey *survey);
void survey_networks(struct survey *survey);
void survey_cgroups(struct survey *survey);
void survey_places(struct survey *survey);
void survey_programs(struct survey *survey);
