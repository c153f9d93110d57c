/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/apply/apply_private.h - what all commands on a project share: the project itself, reports
 * of progress, and which of its containers they are about.
 */
#pragma once

#include "compose/apply/apply.h"

struct error;
struct pollfd;

void apply_report(const struct apply *apply, enum apply_event_kind kind, const char *object,
		  const char *action, const char *detail);
/* The same for "Container NAME". */
void apply_report_container(const struct apply *apply, enum apply_event_kind kind, const char *name,
			    const char *action, const char *detail);
const char *apply_name(const struct apply *apply);
/* ECANCELED when apply->cancel_fd says stop. */
int apply_check_cancelled(const struct apply *apply, struct error *err);
/* poll, with a tick now and then. */
int apply_poll(const struct apply *apply, struct pollfd *fds, size_t count, int timeout_ms);
/* Whom a command acts on beside the replicas of the model's services (without a model: of all). */
enum apply_others {
	APPLY_HOOKS = 1,    /* containers of pre_start hooks */
	APPLY_ONE_OFFS = 2, /* those of `run` */
	APPLY_ORPHANS = 4,
};
int apply_choose(const struct apply *apply, unsigned others, struct container ***containers,
		 size_t *count, struct arena *arena, struct error *err);
