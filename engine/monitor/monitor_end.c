/* SPDX-License-Identifier: Apache-2.0 */
/* How a monitor leaves: its container has ended, which has to be on disk before it does. */
#include "engine/monitor/monitor.h"

#include "base/error.h"
#include "engine/container_remains.h"

#include <errno.h>
#include <unistd.h>

/* Nobody else knows how it ended: it stays until that can be read, if there is a place for it. */
int monitor_end(struct monitor *monitor, const struct error *err)
{
	bool removes = monitor->container.config.auto_remove;
	struct error reason = {0};

	if (monitor_save(monitor, true, &reason) < 0 && !removes && reason.code != ENOENT) {
		error_wrap(&reason, "container %s has ended, which cannot be noted: try again",
			   monitor->container.name);
		monitor_output_close(monitor);
		monitor_io_finish(monitor, &reason);
		return monitor_owe(monitor, MONITOR_OWES_END, NULL);
	}
	monitor_event_end(monitor);
	if (monitor->lock_fd >= 0)
		close(monitor->lock_fd);
	monitor->lock_fd = -1;
	if (removes && !monitor->leaves_network)
		container_remove_ended(monitor->engine, monitor->container.id, NULL);
	monitor_io_finish(monitor, err);
	monitor_io_end_run(monitor);
	monitor->is_finished = true;
	loop_stop(&monitor->loop);
	return 0;
}
