/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine/container_claim.h - how a container gets its name.
 */
#pragma once

#include "engine/container.h"

/* Takes the name, atomically: ERROR_CONFLICT when a container has it. */
int container_claim_name(struct engine *engine, const char *name, const char *id,
			 struct error *err);
/* May a container be called that? ERROR_INVALID. */
int container_check_name(const char *name, struct error *err);
