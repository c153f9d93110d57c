/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine/survey/survey.h - door: what this host, or the container that we are in, lacks for stacks.
 *
 * Most of it is tried rather than looked up: kernels, filters and security modules differ in what
 * they say and agree in what they do. Nothing stays of what was tried.
 */
#pragma once

#include <stddef.h>

struct arena;
struct engine;

enum survey_verdict {
	SURVEY_OK,
	SURVEY_NOTE,	/* stacks run, but something is not as elsewhere */
	SURVEY_MISSING, /* without it they do not */
	SURVEY_VERDICT_COUNT
};
/* "ok", "note", "missing" */
extern const char *const survey_verdicts[SURVEY_VERDICT_COUNT];

struct survey_finding {
	const char *name;
	enum survey_verdict verdict;
	const char *detail;
	const char *remedy; /* NULL: nothing is to be done */
};

struct survey {
	const struct engine *engine;
	struct arena *arena; /* of all texts */
	struct survey_finding *findings;
	size_t count;
};

/* @survey has engine and arena. */
void survey_run(struct survey *survey);
/* How many have that verdict? */
size_t survey_count(const struct survey *survey, enum survey_verdict verdict);
