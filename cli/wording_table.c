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
	[FACT_NO_CONTAINER] = {"No such container: %1", WORDING_OF_DAEMON},
	[FACT_NO_IMAGE] = {"No such image: %1", WORDING_OF_DAEMON},
	[FACT_NO_NETWORK] = {"network %1 not found", WORDING_OF_DAEMON},
	[FACT_NO_VOLUME] = {"get %1: no such volume", WORDING_OF_DAEMON},
	[FACT_NAME_TAKEN] = {"Conflict. The container name \"/%1\" is already in use by container "
			     "\"%2\". You have to remove (or rename) that container to be able to "
			     "reuse that name.",
			     WORDING_OF_DAEMON},
	[FACT_STILL_RUNNING] = {"cannot remove container \"%1\": container is running: stop the "
				"container before removing or force remove",
				WORDING_OF_DAEMON},
	[FACT_STILL_PAUSED] = {"cannot remove container \"%1\": container is paused and must be "
			       "unpaused first",
			       WORDING_OF_DAEMON},
	[FACT_NOT_RUNNING] = {"container %1 is not running", WORDING_OF_DAEMON},
	[FACT_KILL_STOPPED] = {"cannot kill container: %2: container %1 is not running",
			       WORDING_OF_DAEMON},
	[FACT_PAUSED] = {"Container %1 is paused, unpause the container before exec",
			 WORDING_OF_DAEMON},
	[FACT_ALREADY_PAUSED] = {"container %1 is already paused", WORDING_OF_DAEMON},
	[FACT_NOT_PAUSED] = {"Container %1 is not paused", WORDING_OF_DAEMON},
	[FACT_START_PAUSED] = {"cannot start a paused container, try unpause instead",
			       WORDING_OF_DAEMON},
	[FACT_NETWORK_EXISTS] = {"network with name %1 already exists", WORDING_OF_DAEMON},
	[FACT_NETWORK_IN_USE] = {"error while removing network: network %1 has active endpoints "
				 "(name:\"%2\")",
				 WORDING_OF_DAEMON},
	[FACT_VOLUME_IN_USE] = {"remove %1: volume is in use - [%2]", WORDING_OF_DAEMON},
	[FACT_IMAGE_IN_USE] = {"conflict: unable to delete %1 (must be forced) - container %2 is "
			       "using its referenced image",
			       WORDING_OF_DAEMON},
	[FACT_IMAGE_SHARED] = {"conflict: unable to delete %1 (must be forced) - image is "
			       "referenced in multiple repositories",
			       WORDING_OF_DAEMON},
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
