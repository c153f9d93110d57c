/* SPDX-License-Identifier: Apache-2.0 */
/* What is owed is tried again, every second, until it is done. */
#include "engine/monitor/monitor.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "base/units.h"

int monitor_watch_health(struct monitor *monitor)
{
	struct error err = {0};

	if (health_begin(monitor, &err) == 0 && listening_begin(monitor, &err) == 0)
		return 0;
	return monitor_owe(monitor, MONITOR_OWES_WATCH, &err);
}

static int settle_state(struct monitor *monitor)
{
	monitor_save(monitor, false, NULL);
	return monitor->debts & MONITOR_OWES_STATE ? -1 : 0;
}

static int settle_log(struct monitor *monitor)
{
	return monitor->log && log_writer_retry(monitor->log) != 0 ? -1 : 0;
}

static int settle_watch(struct monitor *monitor)
{
	return monitor->pidfd >= 0 ? monitor_watch_health(monitor) : 0;
}

static int settle_network(struct monitor *monitor)
{
	struct error err = {0};

	if (monitor->pidfd < 0)
		monitor_ports_end_part(monitor);
	else if (monitor_network_serve(monitor, &err) < 0)
		return -1;
	return monitor_network_announce(monitor, monitor->pidfd >= 0);
}

static int settle_end(struct monitor *monitor)
{
	return monitor_end(monitor, NULL);
}

static const struct {
	enum monitor_debt debt;
	int (*settle)(struct monitor *monitor);
} rows[] = {
	{MONITOR_OWES_STATE, settle_state}, {MONITOR_OWES_LOG, settle_log},
	{MONITOR_OWES_WATCH, settle_watch}, {MONITOR_OWES_NETWORK, settle_network},
	{MONITOR_OWES_END, settle_end},
};

void monitor_retry(struct monitor *monitor)
{
	if (!monitor->retry_ns || units_monotonic_ns() < monitor->retry_ns)
		return;
	monitor->retry_ns = 0;
	for (size_t i = 0; i < array_length(rows); i++) {
		if (!(monitor->debts & rows[i].debt))
			continue;
		monitor->new_debts = 0;
		if (rows[i].settle(monitor) == 0 && !(monitor->new_debts & rows[i].debt))
			monitor->debts &= ~(unsigned)rows[i].debt;
		else
			monitor_owe(monitor, rows[i].debt, NULL);
	}
}
