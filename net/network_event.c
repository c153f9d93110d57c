/* SPDX-License-Identifier: Apache-2.0 */
#include "net/network_event.h"

#include "base/event.h"

void network_event(const struct network *network, const char *action, const char *container_id)
{
	const struct pair attributes[] = {
		{"name", network->name},
		{"type", network->driver},
		{"container", container_id},
	};

	/* Those were always there, and always will be. */
	if (!container_id && network_is_predefined(network->name))
		return;
	event_emit(EVENT_NETWORK, action, network->id, attributes, container_id ? 3 : 2);
}
