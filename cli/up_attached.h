/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/up_attached.h - `up` that stays: starts, shows output meanwhile, and until all has ended.
 */
#pragma once

#include "cli/invocation.h"

struct up_attached {
	bool abort_on_exit, abort_on_failure, attach_dependencies;
	bool no_colour, no_prefix, timestamps, watch;
	int menu; /* 1, 0, or -1: as COMPOSE_MENU says, or yes */
	const char *exit_code_from;
	struct strvec attach, no_attach;
	int64_t timeout_ns;
};

/* Does apply_up with @up and returns the exit code of `up`. The first SIGINT or SIGTERM stops the
 * services that were asked for, the second kills them. On a terminal there is a menu: with a key
 * this process leaves, and everything stays as it is. */
int up_attached_run(struct invocation *invocation, const struct up_attached *options,
		    const struct apply_up *up, struct error *err);
