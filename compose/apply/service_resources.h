/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/apply/service_resources.h - a part of service_config: limits, devices and ulimits.
 */
#pragma once

#include "compose/apply/service_instance.h"

/* One of `ulimits:`. ERROR_INVALID: there is no such limit. */
int service_resources_ulimit(struct spec_rlimit *out, const struct service_ulimit *ulimit,
			     struct error *err);
int service_resources_set(struct container_config *config, const struct service_instance *instance,
			  struct arena *arena, struct error *err);
