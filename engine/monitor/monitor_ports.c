/* SPDX-License-Identifier: Apache-2.0 */
/* A container's part in ports that it shares with others. */
#include "engine/monitor/monitor.h"

#include "base/error.h"

void monitor_ports_set_ready(struct monitor *monitor, bool is_ready)
{
	struct error err = {0};

	if (ports_set_ready(&monitor->engine->net, monitor->container.id, is_ready, &err) < 0)
		monitor_owe(monitor, MONITOR_OWES_NETWORK, &err);
}

void monitor_ports_end_part(struct monitor *monitor)
{
	struct error err = {0};

	if (monitor->container.config.port_share && monitor->container.state.port_count &&
	    ports_end_part(&monitor->engine->net, monitor->container.id, &err) < 0)
		monitor_owe(monitor, MONITOR_OWES_NETWORK, &err);
}
