/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine/container_names.h - whose a name is: links in ROOT/containers/by-name.
 */
#pragma once

#include "engine/container_store.h"

/* False when nobody has the name. */
bool container_name_read(struct engine *engine, const char *name, char id[CONTAINER_ID_LENGTH + 1]);
/* Takes the name from @id, if it is its. */
void container_name_drop(struct engine *engine, const char *name, const char *id);
/* All names and, in the same order, whose they are: a rename that was killed leaves a second one.
 */
int container_names_list(struct engine *engine, struct strvec *names, struct strvec *holders,
			 struct error *err);

/* Which container is meant by a name, an id, or an id's beginning. ERROR_NOT_FOUND, ERROR_CONFLICT
 * (several). */
int container_name_resolve(struct engine *engine, const char *text,
			   char id[CONTAINER_ID_LENGTH + 1], struct error *err);
