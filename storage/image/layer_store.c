/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/image/layer_store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "storage/image/layer_record.h"
#include "storage/image/layer_settle.h"
#include "storage/image/layer_tasks.h"
#include "storage/store_lock.h"

static void record_path(char path[96], const char *chain_id)
{
	snprintf(path, 96, "%.64s/layer.json", chain_id);
}

bool layer_store_has(const struct layout *layout, const char *chain_id)
{
	char path[96];

	record_path(path, chain_id);
	return faccessat(layout->layers_fd, path, F_OK, 0) == 0 &&
	       !layer_settle_is_lost(layout, chain_id);
}

int64_t layer_store_size(const struct layout *layout, const char *chain_id)
{
	auto_arena struct arena arena = {0};
	struct layer_record record;

	layer_record_load(layout, chain_id, &record, &arena, NULL);
	return record.size;
}

int layer_store_place(const struct staging *staging, const char *name, const char *chain_id,
		      struct error *err)
{
	int layers_fd = staging->layout->layers_fd;

	if (renameat(staging->fd, name, layers_fd, chain_id) == 0)
		return 0;
	if (errno != ENOTEMPTY && errno != EEXIST)
		return error_errno(err, "cannot store layer %.12s", chain_id);
	/* A directory without its record, or one that a crash has left: it does not count. */
	if (layer_store_remove(staging, chain_id, err) < 0)
		return -1;
	if (renameat(staging->fd, name, layers_fd, chain_id) < 0)
		return error_errno(err, "cannot store layer %.12s", chain_id);
	return 0;
}

/* One sync for all; after it, names may appear. */
static int commit(const struct layer_tasks *tasks, struct error *err)
{
	const struct layer_request *request = tasks->request;
	const struct layout *layout = tasks->staging->layout;

	if (syncfs(layout->root_fd) < 0)
		return error_errno(err, "cannot sync '%s'", layout->root);
	if (request->store_lock_fd) {
		*request->store_lock_fd = store_lock_share(layout, err);
		if (*request->store_lock_fd < 0)
			return -1;
	}
	for (size_t i = 0; i < request->count; i++)
		if (!tasks->items[i].was_there &&
		    layer_store_place(tasks->staging, request->jobs[i].chain_id,
				      request->jobs[i].chain_id, err) < 0)
			return -1;
	if (fsync(layout->layers_fd) < 0)
		return error_errno(err, "cannot sync '%s/layers'", layout->root);
	return 0;
}

static int lock_one(struct layer_tasks *tasks, size_t index, struct error *err)
{
	const struct layout *layout = tasks->staging->layout;
	const char *chain_id = tasks->request->jobs[index].chain_id;
	struct error problem = {0};
	int fd = staging_try_chain(layout, chain_id, &problem);

	if (fd >= 0)
		return fd;
	if (problem.code != ERROR_BUSY)
		return error_pass(err, &problem);
	layer_tasks_tell(tasks, index, LAYER_STEP_WAITING);
	return staging_lock_chain(layout, chain_id, err);
}

static int lock_missing(struct layer_tasks *tasks, struct error *err)
{
	const struct layout *layout = tasks->staging->layout;
	int missing = 0;

	for (size_t i = 0; i < tasks->request->count; i++)
		if (!layer_store_has(layout, tasks->request->jobs[i].chain_id))
			layer_tasks_tell(tasks, i, LAYER_STEP_PENDING);
	for (size_t i = 0; i < tasks->request->count; i++) {
		const char *chain_id = tasks->request->jobs[i].chain_id;
		struct layer_task *task = tasks->items + i;

		if (!layer_store_has(layout, chain_id)) {
			task->lock_fd = lock_one(tasks, i, err);
			if (task->lock_fd < 0)
				return -1;
		}
		if (task->lock_fd >= 0 && layer_store_has(layout, chain_id)) {
			staging_unlock_chain(layout, chain_id, task->lock_fd);
			task->lock_fd = -1;
		}
		task->was_there = task->lock_fd < 0;
		task->state = task->was_there ? LAYER_TASK_DONE : LAYER_TASK_PENDING;
		missing += !task->was_there;
		if (task->was_there)
			layer_tasks_tell(tasks, i, LAYER_STEP_THERE);
	}
	return missing;
}

/* An image may have layers that a build has left unsynced. */
static int settle(const struct layout *layout, const struct layer_request *request,
		  struct error *err)
{
	auto_free char **chain_ids = alloc_zeroed(request->count + 1, sizeof(*chain_ids));

	for (size_t i = 0; i < request->count; i++)
		chain_ids[i] = (char *)request->jobs[i].chain_id;
	return layer_settle(layout, chain_ids, request->count, err);
}

static int provide(struct layer_tasks *tasks, struct error *err)
{
	int missing = lock_missing(tasks, err);

	if (missing < 0)
		return -1;
	if (missing && (layer_tasks_run(tasks, err) < 0 || commit(tasks, err) < 0))
		return -1;
	if (settle(tasks->staging->layout, tasks->request, err) < 0)
		return -1;
	return missing > 0;
}

int layer_store_provide(const struct staging *staging, const struct layer_request *request,
			struct error *err)
{
	auto_layer_tasks struct layer_tasks tasks = {0};

	if (layer_tasks_init(&tasks, staging, request, err) < 0)
		return -1;
	return provide(&tasks, err);
}

static void pass_progress(const struct layer_step *step, void *data)
{
	const struct layer_progress *progress = data;

	if (progress->call && (step->kind == LAYER_STEP_UNPACKING || step->kind == LAYER_STEP_DONE))
		progress->call(step->job->diff_id, step->done, step->total, progress->data);
}

int layer_store_unpack(const struct staging *staging, const struct layer_job *jobs, size_t count,
		       const struct layer_progress *progress, struct error *err)
{
	struct layer_request request = {
		.jobs = jobs,
		.count = count,
		.progress = progress && progress->call ? pass_progress : NULL,
		.data = (void *)progress,
	};

	return layer_store_provide(staging, &request, err);
}

int layer_store_remove(const struct staging *staging, const char *chain_id, struct error *err)
{
	static unsigned count;
	char name[32];

	snprintf(name, sizeof(name), "removed-%u", ++count);
	if (renameat(staging->layout->layers_fd, chain_id, staging->fd, name) < 0 &&
	    errno != ENOENT)
		return error_errno(err, "cannot remove layer %.12s", chain_id);
	return 0;
}
