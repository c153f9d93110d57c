/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/check/check_builds.c - the build cache. All of it can be made again, so that whatever is
 * wrong with it is litter.
 */
#include "storage/check/check_private.h"

#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/strvec.h"
#include "storage/build_cache/build_hold.h"
#include "storage/build_cache/build_list.h"

static void drop(struct check_walk *walk, const char *name, const char *problem)
{
	struct check_finding *finding =
		check_find(walk, CHECK_LITTER, "build cache", name, problem);

	if (check_may(walk, finding) && build_list_remove(&walk->staging, name))
		check_repaired(finding, "removed");
}

static bool has_bad_layer(const struct check_walk *walk, const struct build_record *record)
{
	for (size_t i = 0; i < record->layer_count; i++)
		if (map_has(&walk->bad_layers, record->chain_ids[i]))
			return true;
	return false;
}

static void check_holds(struct check_walk *walk)
{
	auto_strvec struct strvec dead = {0};
	bool may_go = false;

	build_hold_list_dead(walk->layout, &dead);
	strvec_each (name, &dead) {
		struct check_finding *finding =
			check_find(walk, CHECK_LITTER, "build", *name, "it was killed");

		may_go = check_may(walk, finding);
		if (may_go)
			check_repaired(finding, "removed");
	}
	if (may_go)
		build_hold_sweep(walk->layout);
}

int check_builds(struct check_walk *walk, struct error *err)
{
	auto_build_list struct build_list list = BUILD_LIST_EMPTY;

	(void)err;
	check_holds(walk);
	/* Without an index nobody knows what images have. */
	if (build_list_open(&list, walk->layout, walk->arena, NULL) < 0)
		return 0;
	for (size_t i = 0; i < list.damaged_count; i++)
		drop(walk, list.damaged[i],
		     strncmp(list.damaged[i], "mounts/", 7) == 0
			     ? "the build that made it was killed"
			     : "it is damaged, or its layers have gone");
	for (size_t i = 0; i < list.count; i++)
		if (has_bad_layer(walk, list.records + i))
			drop(walk,
			     arena_format(walk->arena, "records/%s.json", list.records[i].key),
			     "one of its layers is damaged");
	return 0;
}
