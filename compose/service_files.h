/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/service_files.h - a part of service_config: secrets and configs with their contents.
 */
#pragma once

#include "compose/service_config.h"

int service_files_set(struct container_config *config, const struct service_instance *instance,
		      struct arena *arena, struct error *err);
