/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/watch/watch_private.h - what is watched, and what was gathered.
 */
#pragma once

#include "base/arena.h"
#include "base/error.h"
#include "base/loop.h"
#include "compose/watch/batch.h"
#include "compose/watch/rules.h"
#include "compose/watch/trees.h"
#include "compose/watch/watch.h"

struct watch {
	struct watch_rules rules;
	struct trees *trees;
	struct batch batch;   /* what changes */
	struct batch initial; /* what is there already, for the first sync alone */
	bool is_initial;      /* that one is next */
	struct loop loop;     /* what is waited for */
	struct loop_source changes, quiet;
	bool has_failed;
	struct error err;
	struct arena arena;
};
