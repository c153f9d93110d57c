/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the monitor tells of its container (base/event.h). Of a probe health.c tells, as of any
 * command that is run in it.
 */
#include "engine/monitor/monitor.h"

#include "base/event.h"
#include "base/units.h"
#include "engine/container_event.h"

#include <stdio.h>

void monitor_event_signal(const struct monitor *monitor, int signal)
{
	char number[12];

	snprintf(number, sizeof(number), "%d", signal);
	container_event(&monitor->container, "kill", &(struct pair){"signal", number}, 1);
}

void monitor_event_health(const struct monitor *monitor)
{
	char action[40];

	snprintf(action, sizeof(action), "health_status: %s",
		 container_healths[monitor->container.state.health]);
	container_event(&monitor->container, action, NULL, 0);
}

void monitor_event_size(const struct monitor *monitor, unsigned rows, unsigned columns)
{
	char height[12], width[12];
	const struct pair attributes[] = {{"height", height}, {"width", width}};

	snprintf(height, sizeof(height), "%u", rows);
	snprintf(width, sizeof(width), "%u", columns);
	container_event(&monitor->container, "resize", attributes, 2);
}

static void tell_death(const struct monitor *monitor)
{
	char code[12], seconds[24];
	const struct pair attributes[] = {{"exitCode", code}, {"execDuration", seconds}};

	snprintf(code, sizeof(code), "%d", monitor->container.state.exit_code);
	snprintf(seconds, sizeof(seconds), "%lld", (long long)(monitor->ran_ns / SECOND));
	if (monitor->container.state.oom_killed)
		container_event(&monitor->container, "oom", NULL, 0);
	container_event(&monitor->container, "die", attributes, 2);
	container_event_volumes(&monitor->container, "unmount");
}

void monitor_event_end(struct monitor *monitor)
{
	if (monitor->tells_death)
		tell_death(monitor);
	if (monitor->tells_stop)
		container_event(&monitor->container, "stop", NULL, 0);
	monitor->tells_death = monitor->tells_stop = false;
}
