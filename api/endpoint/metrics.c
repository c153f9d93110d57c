/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What containers use, for Prometheus; no endpoint of Docker's.
 */
#include "api/endpoints.h"

#include "api/answer.h"
#include "api/request.h"
#include "base/arena.h"
#include "base/strbuf.h"
#include "base/units.h"
#include "describe/metrics.h"
#include "engine/container.h"

#include <unistd.h>

int endpoint_metrics(struct request *request, struct error *err)
{
	const struct metrics_host host = {
		.now = units_now().tv_sec,
		.processors = sysconf(_SC_NPROCESSORS_ONLN),
		.memory = (int64_t)sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE),
	};
	auto_strbuf struct strbuf text = {0};
	struct metrics_subject *subjects;
	struct container *containers;
	size_t count;

	container_heal_all(request->engine);
	if (container_list(request->engine, NULL, &containers, &count, &request->arena, err) < 0)
		return -1;
	subjects = arena_array(&request->arena, count + 1, sizeof(*subjects));
	for (size_t i = 0; i < count; i++) {
		subjects[i].container = &containers[i];
		container_usage_read(&containers[i], &subjects[i].usage, &request->arena);
	}
	metrics_format(&text, &host, subjects, count);
	answer_text(request, METRICS_TYPE, strbuf_text(&text), NULL, 0);
	return 0;
}
