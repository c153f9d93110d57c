/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/apply/service_mounts.h - a part of service_config: volumes, binds, tmpfs and
 * volumes_from.
 */
#pragma once

#include "compose/apply/service_instance.h"

int service_mounts_set(struct container_config *config, const struct service_instance *instance,
		       struct arena *arena, struct error *err);
