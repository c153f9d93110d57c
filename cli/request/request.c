/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/request/request.h"

#include "base/cleanup.h"
#include "cli/request/request_private.h"

static request_part *const parts[] = {
	request_fill_process, request_fill_health,  request_fill_limits, request_fill_blkio,
	request_fill_mounts,  request_fill_network, request_fill_modes,	 request_fill_devices,
};

int request_fill(struct container_config *config, const struct request_options *options,
		 struct arena *arena, struct error *err)
{
	struct request request = {.options = options, .config = config, .arena = arena};

	*config = (struct container_config){0};
	for (size_t i = 0; i < array_length(parts); i++)
		if (parts[i](&request, err) < 0)
			return -1;
	return 0;
}
