/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/apply/hooks.h - post_start and pre_stop hooks, which run inside the container.
 */
#pragma once

#include <stdbool.h>

struct apply;
struct container;
struct error;
struct service_hook;

bool apply_has_hooks(const struct apply *apply, const struct container *container,
		     bool after_start);
/* post_start or pre_stop of the container's service, one after the other. */
int apply_run_hooks(const struct apply *apply, const struct container *container, bool after_start,
		    struct error *err);
/* One command in a running container; @kind says which in errors. What it writes goes to
 * apply->output. */
int apply_run_hook(const struct apply *apply, const struct container *container,
		   const struct service_hook *hook, const char *kind, struct error *err);
