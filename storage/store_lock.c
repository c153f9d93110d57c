/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/store_lock.h"

#include <poll.h>

#include "base/error.h"
#include "base/file.h"
#include "base/units.h"
#include "storage/layout.h"

#define LOCK_FILE    "store.lock"
#define PATIENCE_NS  (10 * SECOND)
#define LONGEST_WAIT 100 /* ms between two attempts */

int store_lock_share(const struct layout *layout, struct error *err)
{
	return file_lock(layout->root_fd, LOCK_FILE, false, true, err);
}

/* flock(2) has no time limit. */
int store_lock_exclude(const struct layout *layout, bool is_patient, struct error *err)
{
	int64_t end = units_monotonic_ns() + (is_patient ? PATIENCE_NS : 0);
	int pause_ms = 2;

	for (;;) {
		struct error reason = {0};
		int fd = file_lock(layout->root_fd, LOCK_FILE, true, false, &reason);

		if (fd >= 0)
			return fd;
		if (reason.code != ERROR_BUSY)
			return error_pass(err, &reason);
		if (units_monotonic_ns() >= end)
			return error_set(err, ERROR_BUSY,
					 "another command is bringing in an image or creating a "
					 "container: try again when it has ended");
		poll(NULL, 0, pause_ms);
		if (pause_ms < LONGEST_WAIT)
			pause_ms *= 2;
	}
}
