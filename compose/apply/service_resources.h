/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/apply/service_resources.h - a part of service_config: limits, devices and ulimits.
 */
#pragma once

#include "compose/apply/service_instance.h"

int service_resources_set(struct container_config *config, const struct service_instance *instance,
			  struct arena *arena, struct error *err);
