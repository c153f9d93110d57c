/* SPDX-License-Identifier: Apache-2.0 */
/*
 * describe/metrics.h - door: what containers use, as the text that Prometheus reads (format 0.0.4),
 * under cAdvisor's names and labels, so that dashboards made for it find theirs.
 *
 * What runs has all of them. Restarts and health are said of what does not run, too.
 */
#pragma once

#include "engine/container_usage.h"

#include <stddef.h>
#include <stdint.h>

struct container;
struct strbuf;

#define METRICS_TYPE "text/plain; version=0.0.4; charset=utf-8"

struct metrics_subject {
	const struct container *container;
	struct container_usage usage; /* time_ns 0: it does not run */
};

struct metrics_host {
	int64_t now; /* seconds since 1970 */
	int64_t processors, memory;
};

void metrics_format(struct strbuf *out, const struct metrics_host *host,
		    const struct metrics_subject *subjects, size_t count);
