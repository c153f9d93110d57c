/* SPDX-License-Identifier: Apache-2.0 */
#include "api/config/config.h"

#include "engine/container.h"

int config_read(const struct config_reading *reading, const json *body, struct error *err)
{
	json *host = json_get(body, "HostConfig");

	*reading->config = (struct container_config){.stop_timeout_ns = -1};
	if (host && !json_is_object(host))
		return config_wrong_type("HostConfig", "an object", err);
	if (config_read_process(reading, body, err) < 0 ||
	    config_read_host(reading, host, err) < 0 ||
	    config_read_mounts(reading, body, err) < 0 ||
	    config_read_network(reading, body, err) < 0)
		return -1;
	return 0;
}
