/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine/monitor/listening.h - when a replica takes its part in a shared port: without a health
 * check, as soon as it listens there. Nobody gets connections that it would refuse and another
 * replica would not.
 */
#pragma once

#include "base/loop.h"

#include <stdbool.h>
#include <stdint.h>

struct container;
struct error;
struct monitor;

struct listening {
	struct loop_source timer; /* exists while it is waited for */
	int64_t delay_ns, end_ns;
	bool is_over; /* this run listens, or has been waited for long enough */
};

/* Has it to listen first? Not with a health check, which says more, nor with ports of its own. */
bool listening_is_awaited(const struct container *container);
/* Its process has started: asks until it listens, and after a while no more. */
int listening_begin(struct monitor *monitor, struct error *err);
void listening_end(struct monitor *monitor);
