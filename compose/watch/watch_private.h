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
	struct batch batch;
	bool is_initial;  /* what was gathered is for the first sync alone */
	struct loop loop; /* what is waited for */
	struct loop_source changes, quiet;
	bool has_failed;
	struct error err;
	struct arena arena;
};
