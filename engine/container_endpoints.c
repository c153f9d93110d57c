/* SPDX-License-Identifier: Apache-2.0 */
/* What a container has to do with a network. */
#include "engine/container.h"

#include "base/error.h"
#include "engine/option_text.h"

#include <string.h>

const struct endpoint_request *container_find_request(const struct container_config *config,
						      const char *network)
{
	for (size_t i = 0; i < config->endpoint_count; i++)
		if (strcmp(config->endpoints[i].network, network) == 0)
			return &config->endpoints[i];
	return NULL;
}

const struct endpoint *container_find_endpoint(const struct container_state *state,
					       const char *network)
{
	for (size_t i = 0; i < state->endpoint_count; i++)
		if (strcmp(state->endpoints[i].network, network) == 0)
			return &state->endpoints[i];
	return NULL;
}

int container_check_request(const struct endpoint_request *endpoint, struct error *err)
{
	if (endpoint->ipv4 &&
	    (!option_text_is_address(endpoint->ipv4) || strchr(endpoint->ipv4, ':')))
		return error_set(err, ERROR_INVALID, "invalid IPv4 address: %s", endpoint->ipv4);
	if (endpoint->ipv6 &&
	    (!option_text_is_address(endpoint->ipv6) || !strchr(endpoint->ipv6, ':')))
		return error_set(err, ERROR_INVALID, "invalid IPv6 address: %s", endpoint->ipv6);
	if (endpoint->mac && !option_text_is_mac_address(endpoint->mac))
		return error_set(err, ERROR_INVALID, "%s is not a valid mac address",
				 endpoint->mac);
	return 0;
}
