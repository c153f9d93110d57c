/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/apply/service_config.h - from a service of the model to a container's configuration.
 */
#pragma once

#include "compose/apply/service_instance.h"

/* Everything but what a plan decides about old containers. Strings and arrays from @arena and from
 * the project. ERROR_NOT_FOUND when a donor (network_mode: service:x, volumes_from) has no
 * container; errors name the service. */
int service_config_build(struct container_config *config, const struct service_instance *instance,
			 struct arena *arena, struct error *err);
