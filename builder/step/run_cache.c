/* SPDX-License-Identifier: Apache-2.0 */
/* --mount=type=cache: directories that outlive the step, one for each id and each place that a new
 * one is filled from. */
#include "builder/step/run_private.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "base/path.h"
#include "storage/archive/tree.h"
#include "storage/build_cache/build_cache.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

struct filling {
	struct step_run *run;
	const struct run_mount *wanted;
};

static bool is_filled(const struct run_mount *wanted)
{
	return wanted->fd >= 0 || wanted->layer_count > 0;
}

static int fill(int fd, void *data, struct error *err)
{
	const struct filling *filling = data;
	const char *source = filling->wanted->mount.source;
	auto_close int tree = run_source_open(filling->run, filling->wanted, false, err);
	auto_close int from = -1;

	if (tree < 0)
		return -1;
	from = path_open(tree, source && *source ? source : "/", PATH_IN_ROOT,
			 O_RDONLY | O_DIRECTORY, err);
	return from < 0 ? -1 : tree_copy_contents(from, fd, err);
}

/* What begins with other files is another directory. */
static const char *full_id(struct step_run *run, const struct run_mount *wanted)
{
	const struct dockerfile_mount *mount = &wanted->mount;
	const char *origin =
		wanted->layer_count ? wanted->chain_ids[wanted->layer_count - 1] : mount->from;

	if (!is_filled(wanted))
		return mount->id;
	return arena_format(&run->arena, "%s\nfrom %s\n%s", mount->id, origin ? origin : "",
			    mount->source ? mount->source : "");
}

static int open_new(struct step_run *run, const struct run_mount *wanted, struct run_cache *cache,
		    struct error *err)
{
	static const enum build_cache_sharing sharing[] = {
		[DOCKERFILE_SHARING_SHARED] = BUILD_CACHE_SHARED,
		[DOCKERFILE_SHARING_PRIVATE] = BUILD_CACHE_PRIVATE,
		[DOCKERFILE_SHARING_LOCKED] = BUILD_CACHE_LOCKED,
	};
	const struct dockerfile_mount *mount = &wanted->mount;
	struct filling filling = {run, wanted};
	struct build_cache_mount request = {
		.id = cache->id,
		.sharing = sharing[mount->sharing],
		.mode = mount->has_mode ? mount->mode : 0755,
		.uid = mount->uid,
		.gid = mount->gid,
		.cancel_fd = run->request->cancel_fd,
		.description = arena_format(&run->arena, "cached mount %s of %s", mount->target,
					    run->request->name),
		.fill = is_filled(wanted) ? fill : NULL,
		.data = &filling,
	};

	cache->fd = build_cache_open_mount(&run->request->engine->layout, &request, &cache->lock_fd,
					   err);
	return cache->fd < 0 ? -1 : 0;
}

/* One that this step has already is not locked a second time. */
static struct run_cache *find(struct step_run *run, const char *id)
{
	for (size_t i = 0; i < run->cache_count; i++)
		if (strcmp(run->caches[i].id, id) == 0)
			return &run->caches[i];
	return NULL;
}

static int by_id(const void *a, const void *b)
{
	const struct run_mount *const *left = a, *const *right = b;

	return strcmp((*left)->mount.id, (*right)->mount.id);
}

/* In the order of ids, so that no two steps wait for each other. */
static int open_sorted(struct step_run *run, const struct run_mount **sorted, size_t count,
		       struct error *err)
{
	if (count > 1)
		qsort(sorted, count, sizeof(*sorted), by_id);
	for (size_t i = 0; i < count; i++) {
		const char *id = full_id(run, sorted[i]);
		struct run_cache *cache;

		if (find(run, id))
			continue;
		cache = &run->caches[run->cache_count++];
		*cache = (struct run_cache){.id = id, .fd = -1, .lock_fd = -1};
		if (open_new(run, sorted[i], cache, err) < 0)
			return error_wrap(err, "cannot mount '%s'", sorted[i]->mount.target);
	}
	return 0;
}

int run_caches_open(struct step_run *run, struct error *err)
{
	const struct run_request *request = run->request;
	const struct run_mount **sorted =
		arena_array(&run->arena, request->mount_count + 1, sizeof(*sorted));
	size_t count = 0;

	run->caches = arena_array(&run->arena, request->mount_count + 1, sizeof(*run->caches));
	for (size_t i = 0; i < request->mount_count; i++)
		if (request->mounts[i].mount.type == DOCKERFILE_MOUNT_CACHE)
			sorted[count++] = &request->mounts[i];
	return open_sorted(run, sorted, count, err);
}

int run_cache_add(struct step_run *run, const struct run_mount *wanted, struct error *err)
{
	struct spec_mount *mount =
		run_mount_add_bind(run, wanted->mount.target, !wanted->mount.is_writable);

	mount->source_fd = fcntl(find(run, full_id(run, wanted))->fd, F_DUPFD_CLOEXEC, 3);
	return mount->source_fd < 0 ? error_errno(err, "cannot keep a directory open") : 0;
}

void run_caches_release(struct step_run *run)
{
	for (size_t i = 0; i < run->cache_count; i++) {
		cleanup_close(&run->caches[i].fd);
		cleanup_close(&run->caches[i].lock_fd);
	}
}
