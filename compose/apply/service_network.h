/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/apply/service_network.h - a part of service_config: networks, ports, names and
 * namespaces.
 */
#pragma once

#include "compose/apply/service_instance.h"

int service_network_set(struct container_config *config, const struct service_instance *instance,
			struct arena *arena, struct error *err);
