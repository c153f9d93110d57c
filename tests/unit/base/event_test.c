/* SPDX-License-Identifier: Apache-2.0 */
#include "base/event.h"

#include "base/units.h"
#include "tests/harness/harness.h"

#include <string.h>

static void keep(const struct event *event, void *data)
{
	*(struct event *)data = *event;
}

TEST(the_sink_gets_what_is_told_and_when)
{
	const struct pair attributes[] = {{"name", "web"}, {"image", "busybox"}};
	struct event seen = {0};
	int64_t before = units_now().tv_sec;

	event_set_sink(keep, &seen);
	event_emit(EVENT_CONTAINER, "start", "0123", attributes, 2);
	event_set_sink(NULL, NULL);
	event_emit(EVENT_CONTAINER, "die", "0123", NULL, 0); /* nobody listens */
	CHECK_TEXT(event_type_name(seen.type), "container");
	CHECK_TEXT(seen.action, "start");
	CHECK_TEXT(seen.id, "0123");
	CHECK_INT(seen.attribute_count, 2);
	CHECK(seen.attributes == attributes);
	CHECK(seen.time_ns / SECOND >= before && seen.time_ns / SECOND <= before + 60);
}
