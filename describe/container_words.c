/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Containers in words, as Docker's tables show them.
 */
#include "describe/objects.h"

#include "base/strbuf.h"
#include "base/units.h"
#include "engine/container.h"

static void add_age(struct strbuf *out, const char *since)
{
	struct timespec then, now = units_now();
	char age[64];

	if (since && units_parse_time(&then, since, NULL) == 0)
		strbuf_add(out, units_format_age(age, sizeof(age), now.tv_sec - then.tv_sec));
	else
		strbuf_add(out, "some time");
}

static void add_running(struct strbuf *out, const struct container_state *state)
{
	strbuf_add(out, "Up ");
	add_age(out, state->started_at);
	if (state->status == CONTAINER_PAUSED)
		strbuf_add(out, " (Paused)");
	else if (state->health == HEALTH_STARTING)
		strbuf_add(out, " (health: starting)");
	else if (state->health != HEALTH_NONE)
		strbuf_printf(out, " (%s)", container_healths[state->health]);
}

char *describe_status(const struct container *container)
{
	const struct container_state *state = &container->state;
	struct strbuf out = {0};

	if (state->status == CONTAINER_RUNNING || state->status == CONTAINER_PAUSED) {
		add_running(&out, state);
	} else if (state->status == CONTAINER_CREATED) {
		strbuf_add(&out, "Created");
	} else if (state->status == CONTAINER_REMOVING) {
		strbuf_add(&out, "Removal In Progress");
	} else if (state->status == CONTAINER_DEAD) {
		strbuf_add(&out, "Dead");
	} else {
		strbuf_printf(&out, "%s (%d) ",
			      state->status == CONTAINER_RESTARTING ? "Restarting" : "Exited",
			      state->exit_code);
		add_age(&out, state->finished_at);
		strbuf_add(&out, " ago");
	}
	return strbuf_take(&out);
}
