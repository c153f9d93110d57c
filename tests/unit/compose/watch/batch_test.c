/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/harness/harness.h"

#include "base/units.h"
#include "compose/watch/batch.h"

TEST(waits_until_it_has_been_quiet)
{
	struct batch batch = {0};

	CHECK(batch_wait_ns(&batch, SECOND) == -1);
	batch_add(&batch, "/a", SECOND);
	CHECK(batch_wait_ns(&batch, SECOND) == BATCH_QUIET_NS);
	batch_add(&batch, "/b", SECOND + BATCH_QUIET_NS - 1);
	CHECK(batch_wait_ns(&batch, SECOND + BATCH_QUIET_NS) == BATCH_QUIET_NS - 1);
	CHECK(batch_wait_ns(&batch, 2 * SECOND + BATCH_QUIET_NS) == 0);
	batch_release(&batch);
	CHECK(batch_wait_ns(&batch, 3 * SECOND) == -1);
}

TEST(does_not_wait_for_ever_for_what_changes_all_the_time)
{
	struct batch batch = {0};
	int64_t now = SECOND;

	for (; batch_wait_ns(&batch, now) != 0; now += BATCH_QUIET_NS / 2)
		batch_add(&batch, "/log", now);
	CHECK(now - SECOND == BATCH_PATIENCE_NS);
	batch_release(&batch);
}

TEST(has_each_path_once)
{
	struct batch batch = {0};

	for (int i = 0; i < 1000; i++)
		batch_add(&batch, i % 2 ? "/a" : "/b", SECOND);
	CHECK_INT(batch.paths.count, 2);
	CHECK_TEXT(batch.paths.entries[0].key, "/b");
	batch_release(&batch);
}
