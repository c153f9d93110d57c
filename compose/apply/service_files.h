/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/apply/service_files.h - the secrets and configs of a service with their contents, as they
 * are at one moment: from files, the environment, the compose file itself, or the store of external
 * ones.
 */
#pragma once

#include "compose/apply/service_instance.h"

struct service_file_set {
	struct container_file *items;
	size_t count;
	const char *hash; /* over all of them; "" when there are none */
};

/* Reads them. ERROR_NOT_FOUND names the missing one and where it is declared. */
int service_files_load(struct service_file_set *set, const struct service_instance *instance,
		       struct arena *arena, struct error *err);
/* Which of them have another content than @container was made with: "secret 'password'", NULL for
 * none (or when nobody knows). */
const char *service_files_changed(const struct service_file_set *set,
				  const struct container *container, struct arena *arena);
