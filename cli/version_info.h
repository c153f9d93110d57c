/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/version_info.h - the versions that we say to be of.
 *
 * Scripts ask for the versions of docker and Docker Compose and refuse old ones: under these names
 * we are of the versions whose commands, documents and formats are ours.
 */
#pragma once

#include "base/json.h"

#define VERSION_OF_DOCKER  "28.5.2"
#define VERSION_OF_API	   "1.51"
#define VERSION_OF_COMPOSE "2.40.3"

/* {"Client":…, "Server":…} as `docker version --format json` has it. */
json *version_info_document(void);
