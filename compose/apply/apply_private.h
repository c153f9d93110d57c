/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/apply/apply_private.h - what all commands on a project share: the project itself, reports
 * of progress, and which of its containers they are about.
 */
#pragma once

#include "compose/apply/apply.h"

struct error;

void apply_report(const struct apply *apply, enum apply_event_kind kind, const char *object,
		  const char *action, const char *detail);
/* The same for "Container NAME". */
void apply_report_container(const struct apply *apply, enum apply_event_kind kind, const char *name,
			    const char *action, const char *detail);
const char *apply_name(const struct apply *apply);
/* ECANCELED when apply->cancel_fd says stop. */
int apply_check_cancelled(const struct apply *apply, struct error *err);
/* As apply_list, for those who sort and choose. */
int apply_list_pointers(const struct apply *apply, bool one_offs, struct container ***containers,
			size_t *count, struct arena *arena, struct error *err);
/* A service that the files do not know, in this project. */
bool apply_is_orphan(const struct apply *apply, const struct container *container);
