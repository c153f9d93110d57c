/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/check/check.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/strvec.h"
#include "base/units.h"
#include "storage/check/check_private.h"
#include "storage/store_lock.h"

struct check_finding *check_find(struct check_walk *walk, enum check_weight weight,
				 const char *kind, const char *object, const char *problem)
{
	struct check *check = walk->check;
	struct check_finding *finding = arena_alloc(walk->arena, sizeof(*finding));

	*finding = (struct check_finding){
		.weight = weight,
		.kind = kind,
		.object = arena_string(walk->arena, object),
		.problem = problem,
	};
	check->findings = arena_grow(walk->arena, check->findings, check->count,
				     sizeof(struct check_finding *));
	check->findings[check->count++] = finding;
	return finding;
}

bool check_may(struct check_walk *walk, struct check_finding *finding)
{
	bool is_damage = finding->weight == CHECK_DAMAGE;

	if (walk->check->is_dry)
		finding->action = is_damage ? "'coracle system check --repair' would repair it"
					    : "'coracle system check' would remove it";
	else if (is_damage && !walk->check->is_repair)
		finding->action = "repair it with 'coracle system check --repair'";
	else
		return true;
	return false;
}

void check_repaired(struct check_finding *finding, const char *action)
{
	finding->action = action;
	finding->is_repaired = true;
}

const char *check_digest(struct check_walk *walk, const char *hex)
{
	return arena_format(walk->arena, "sha256:%.12s", hex);
}

int check_list(struct check_walk *walk, int dirfd, const char *path, struct strvec *names,
	       struct error *err)
{
	int fd = openat(dirfd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	auto_closedir DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (!dir)
		return error_errno(err, "cannot list '%s' below '%s'", path, walk->layout->root);
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			strvec_add(names, entry->d_name);
	strvec_sort(names);
	return 0;
}

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
		check_oci_layout,	check_index,   check_layers, check_images,
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
		check_rebuild,	 check_containers, check_volumes, check_networks,
		check_temporary, check_partial,	   NULL,
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
