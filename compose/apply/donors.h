/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/apply/donors.h - containers whose namespaces or volumes others share: "service:x" of
 * network_mode, pid, ipc and uts, and volumes_from.
 */
#pragma once

#include <stdbool.h>

struct actual;
struct arena;
struct container;
struct service;

/* Does @service join a namespace or take volumes of @donor? */
bool donors_has(const struct service *service, const char *donor);
/* The container that a service lends: its first replica; NULL when it has none. */
struct container *donors_find(const struct actual *actual, const char *service);
/* Why @container of @service is bound to what is no longer lent; NULL when it is not. */
const char *donors_reason(const struct service *service, const struct container *container,
			  const struct actual *actual, struct arena *arena);
