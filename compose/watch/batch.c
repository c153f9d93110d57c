/* SPDX-License-Identifier: Apache-2.0 */
#include "compose/watch/batch.h"

void batch_add(struct batch *batch, const char *path, int64_t now_ns)
{
	if (batch->paths.count == 0)
		batch->first_ns = now_ns;
	batch->last_ns = now_ns;
	map_slot(&batch->paths, path);
}

int64_t batch_wait_ns(const struct batch *batch, int64_t now_ns)
{
	int64_t quiet_ns = batch->last_ns + BATCH_QUIET_NS - now_ns;
	int64_t patience_ns = batch->first_ns + BATCH_PATIENCE_NS - now_ns;
	int64_t wait_ns = quiet_ns < patience_ns ? quiet_ns : patience_ns;

	if (batch->paths.count == 0)
		return -1;
	return wait_ns > 0 ? wait_ns : 0;
}

void batch_release(struct batch *batch)
{
	map_release(&batch->paths);
	*batch = (struct batch){0};
}
