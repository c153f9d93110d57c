/* SPDX-License-Identifier: Apache-2.0 */
/* What could not be done for want of room, memory or descriptors, noted until it is done. This
 * needs no descriptor of its own, since there may be none: see monitor_retry.c. */
#include "engine/monitor/monitor.h"

#include "base/error.h"
#include "base/log.h"
#include "base/units.h"

int monitor_owe(struct monitor *monitor, unsigned debts, const struct error *why)
{
	if (why && (monitor->debts & debts) != debts)
		log_warning("%s", why->text);
	monitor->debts |= debts;
	monitor->new_debts |= debts;
	if (!monitor->retry_ns)
		monitor->retry_ns = units_monotonic_ns() + SECOND;
	return -1;
}

int monitor_retry_timeout(const struct monitor *monitor, int otherwise_ms)
{
	int64_t left_ms = (monitor->retry_ns - units_monotonic_ns()) / MILLISECOND + 1;

	if (!monitor->retry_ns || (otherwise_ms >= 0 && otherwise_ms < left_ms))
		return otherwise_ms;
	return left_ms > 0 ? (int)left_ms : 0;
}
