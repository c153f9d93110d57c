/* SPDX-License-Identifier: Apache-2.0 */
/*
 * describe/version.h - door: the versions that we say to be of.
 *
 * Scripts ask for the versions of docker and Docker Compose and refuse old ones: under these names
 * we are of the versions whose commands, documents and formats are ours.
 */
#pragma once

#include "base/json.h"

#define VERSION_OF_DOCKER  "28.5.2"
#define VERSION_OF_API	   "1.51"
#define VERSION_OF_COMPOSE "2.40.3"
/* The oldest that a client of a server of ours may speak. */
#define VERSION_OF_API_OLDEST "1.24"

/* {"Client":…, "Server":…} as `docker version --format json` has it. */
json *version_document(void);
/* What its "Server" is: the answer of a server to who asks for its version. */
json *version_server(void);
