/* SPDX-License-Identifier: Apache-2.0 */
/* Our own programs with their libraries, and those of others that some things need. */
#include "engine/survey/survey_private.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "base/process.h"
#include "base/program.h"
#include "engine/engine.h"

static void check_helper(struct survey *survey, const char *name)
{
	struct error err = {0};
	auto_free char *path = engine_helper_path(name, &err);

	if (path && program_try(path, &err) == 0) {
		survey_say(survey, name, SURVEY_OK, path);
		return;
	}
	survey_say(survey, name, SURVEY_MISSING, err.text);
	survey_advise(survey,
		      "install Coracle as a whole (make install, or its package, which brings "
		      "the libraries)");
}

static void check_other(struct survey *survey, const char *name, const char *without)
{
	auto_free char *path = process_find_program(NULL, name);

	survey_say(survey, name, path ? SURVEY_OK : SURVEY_NOTE, path ? path : without);
	survey_advise(survey, "install it if you need that");
}

void survey_programs(struct survey *survey)
{
	static const char *const helpers[] = {"monitor", "keeper", "responder", "init",
					      "transport"};

	for (size_t i = 0; i < array_length(helpers); i++)
		check_helper(survey, helpers[i]);
	check_other(survey, "git", "is not there: no builds of git repositories");
}
