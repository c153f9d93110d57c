/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/check/check.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "base/strvec.h"
#include "storage/check/check_private.h"
#include "storage/store_lock.h"

size_t check_remaining(const struct check *check)
{
	size_t count = 0;

	for (size_t i = 0; i < check->count; i++)
		count += !check->findings[i]->is_repaired;
	return count;
}

static void release(struct check_walk *walk)
{
	image_index_close(&walk->index);
	staging_close(&walk->staging);
	gc_marks_release(&walk->marks);
	map_release(&walk->bad_blobs);
	map_release(&walk->bad_layers);
	map_release(&walk->rebuild);
	map_release(&walk->images);
}

/* Those whose owner has gone; opening our own removes them. False: there were none. */
static bool check_dead(struct check_walk *walk)
{
	auto_strvec struct strvec before = {0};
	auto_strvec struct strvec after = {0};
	size_t first = walk->check->count;

	staging_list_dead(walk->layout, &before);
	strvec_each (name, &before) {
		bool is_lock = **name == '.';

		check_may(walk, check_find(walk, CHECK_LITTER, is_lock ? "lock" : "staging", *name,
					   is_lock ? "its holder has gone"
						   : "left by a command that was killed"));
	}
	if (walk->check->is_dry)
		return false;
	staging_close(&walk->staging);
	if (staging_open(&walk->staging, walk->layout, NULL) < 0)
		return false;
	staging_list_dead(walk->layout, &after);
	for (size_t i = 0; i < before.count; i++)
		if (!strvec_contains(&after, before.items[i]))
			check_repaired(walk->check->findings[first + i], "removed");
		else
			walk->check->findings[first + i]->action = "it cannot be removed";
	return before.count > 0;
}

static int check_staging(struct check_walk *walk, struct error *err)
{
	for (int round = 0; round < 100 && check_dead(walk); round++)
		;
	if (walk->check->is_dry || walk->staging.fd >= 0)
		return 0;
	return staging_open(&walk->staging, walk->layout, err);
}

typedef int check_step(struct check_walk *walk, struct error *err);

static int run_steps(struct check_walk *walk, check_step *const *steps, struct error *err)
{
	for (; *steps; steps++)
		if ((*steps)(walk, err) < 0)
			return -1;
	return 0;
}

/* What takes a moment, while nobody brings in images or creates containers. */
static int check_locked(struct check_walk *walk, struct error *err)
{
	static check_step *const steps[] = {
		check_oci_layout,	check_index,   check_layers, check_builds, check_images,
		check_containers_names, check_garbage, NULL,
	};
	auto_close int lock = store_lock_exclude(walk->layout, true, err);
	int result = lock < 0 ? -1 : run_steps(walk, steps, err);

	image_index_close(&walk->index);
	walk->index = (struct image_index){.lock_fd = -1};
	return result;
}

int check_run(struct check *check, struct error *err)
{
	static check_step *const before[] = {
		check_staging, check_blobs, check_deep, check_locked, NULL,
	};
	static check_step *const after[] = {
		check_rebuild, check_containers, check_volumes,	  check_networks, check_stacks,
		check_secrets, check_bundles,	 check_temporary, check_partial,  NULL,
	};
	struct check_walk walk __attribute__((cleanup(release))) = {
		.check = check,
		.layout = check->layout,
		.arena = check->arena,
		.staging = STAGING_CLOSED,
		.index = {.lock_fd = -1},
	};

	if (run_steps(&walk, before, err) < 0 || run_steps(&walk, after, err) < 0)
		return -1;
	for (size_t i = 0; i < check->count; i++)
		if (!check->findings[i]->action && check_may(&walk, check->findings[i]))
			check->findings[i]->action = "it could not be repaired";
	return 0;
}
