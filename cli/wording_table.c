/* SPDX-License-Identifier: Apache-2.0 */
/* The words of docker and of Docker Compose for what errors state. */
#include "cli/wording.h"

#include "base/fact.h"

const struct wording wording_docker[FACT_COUNT] = {
	[FACT_OF_CLIENT] = {"%t", WORDING_OF_CLIENT},
	[FACT_UNKNOWN_OPTION] = {"unknown flag: %1", WORDING_OF_OPTIONS},
	[FACT_UNKNOWN_LETTER] = {"unknown shorthand flag: '%1' in %2", WORDING_OF_OPTIONS},
	[FACT_NO_VALUE] = {"flag needs an argument: %1", WORDING_OF_OPTIONS},
	[FACT_NO_LETTER_VALUE] = {"flag needs an argument: '%1' in %2", WORDING_OF_OPTIONS},
	[FACT_BAD_VALUE] = {"invalid argument %1: %2", WORDING_OF_OPTIONS},
	[FACT_TOO_FEW] = {"'%c' requires at least %1", WORDING_OF_ARGUMENTS},
	[FACT_TOO_MANY] = {"'%c' requires at most %1", WORDING_OF_ARGUMENTS},
	[FACT_NOT_SO_MANY] = {"'%c' requires %1", WORDING_OF_ARGUMENTS},
	[FACT_NO_ARGUMENTS] = {"'%c' accepts no arguments", WORDING_OF_ARGUMENTS},
	[FACT_UNKNOWN_COMMAND] = {"docker: unknown command: docker %1\n\nRun 'docker --help' for "
				  "more information",
				  WORDING_OF_CLIENT},
	[FACT_UNKNOWN_VERB] = {"docker: unknown command: docker %1 %2\n\nUsage:  docker %1 "
			       "COMMAND\n\nRun 'docker %1 --help' for more information",
			       WORDING_OF_CLIENT},
	[FACT_NO_OBJECT] = {"Error: No such object: %1", WORDING_OF_CLIENT},
};

/* About services it speaks itself, and better than through what a daemon says. */
const struct wording wording_compose[FACT_COUNT] = {
	[FACT_UNKNOWN_OPTION] = {"unknown flag: %1", WORDING_OF_CLIENT},
	[FACT_UNKNOWN_LETTER] = {"unknown shorthand flag: '%1' in %2", WORDING_OF_CLIENT},
	[FACT_NO_VALUE] = {"flag needs an argument: %1", WORDING_OF_CLIENT},
	[FACT_NO_LETTER_VALUE] = {"flag needs an argument: '%1' in %2", WORDING_OF_CLIENT},
	[FACT_BAD_VALUE] = {"invalid argument %1: %2", WORDING_OF_CLIENT},
	[FACT_UNKNOWN_COMMAND] = {"unknown docker command: \"compose %1\"", WORDING_OF_CLIENT},
};
