/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/layer_store.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "base/process.h"
#include "storage/layer_worker.h"

#define PROGRESS_MS 100

enum task_state { TASK_PENDING, TASK_UNPACKING, TASK_WAITING, TASK_FINISHING, TASK_DONE };

struct task {
	enum task_state state;
	bool was_there;
	int lock_fd, socket_fd;
	pid_t pid;
	int64_t reported;
};

struct unpack {
	const struct staging *staging;
	const struct layer_job *jobs;
	size_t count;
	const struct layer_progress *progress;
	struct task *tasks;
	int64_t *counters; /* shared with the workers */
};

static void record_path(char path[96], const char *chain_id)
{
	snprintf(path, 96, "%.64s/layer.json", chain_id);
}

bool layer_store_has(const struct layout *layout, const char *chain_id)
{
	char path[96];

	record_path(path, chain_id);
	return faccessat(layout->layers_fd, path, F_OK, 0) == 0;
}

int64_t layer_store_size(const struct layout *layout, const char *chain_id)
{
	auto_json json *record = NULL;
	char path[96];

	record_path(path, chain_id);
	record = json_load(layout->layers_fd, path, NULL);
	return json_int(record, "size", 0);
}

static int lock_missing(struct unpack *unpack, struct error *err)
{
	const struct layout *layout = unpack->staging->layout;
	int missing = 0;

	for (size_t i = 0; i < unpack->count; i++) {
		const char *chain_id = unpack->jobs[i].chain_id;
		struct task *task = unpack->tasks + i;

		if (!layer_store_has(layout, chain_id)) {
			task->lock_fd = staging_lock_chain(layout, chain_id, err);
			if (task->lock_fd < 0)
				return -1;
		}
		if (task->lock_fd >= 0 && layer_store_has(layout, chain_id)) {
			staging_unlock_chain(layout, chain_id, task->lock_fd);
			task->lock_fd = -1;
		}
		task->was_there = task->lock_fd < 0;
		task->state = task->was_there ? TASK_DONE : TASK_PENDING;
		missing += !task->was_there;
	}
	return missing;
}

static int start_worker(struct unpack *unpack, size_t index, struct error *err)
{
	struct task *task = unpack->tasks + index;
	int sockets[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) < 0)
		return error_errno(err, "cannot create a socket pair");
	task->pid = fork();
	if (task->pid == 0) {
		struct layer_worker worker = {
			.staging = unpack->staging,
			.jobs = unpack->jobs,
			.index = index,
			.socket_fd = sockets[1],
			.counter = unpack->counters + index,
		};

		for (size_t i = 0; i < unpack->count; i++)
			if (unpack->tasks[i].socket_fd >= 0)
				close(unpack->tasks[i].socket_fd);
		close(sockets[0]);
		layer_worker_run(&worker);
	}
	close(sockets[1]);
	task->socket_fd = sockets[0];
	if (task->pid < 0)
		return error_errno(err, "cannot start a worker");
	task->state = TASK_UNPACKING;
	return 0;
}

/* A worker that has unpacked goes on when the layer below it is finished. */
static int start_what_can(struct unpack *unpack, struct error *err)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	int active = 0;

	for (size_t i = 0; i < unpack->count; i++) {
		struct task *task = unpack->tasks + i;

		if (task->state == TASK_WAITING &&
		    (i == 0 || unpack->tasks[i - 1].state == TASK_DONE)) {
			if (send(task->socket_fd, "", 1, MSG_NOSIGNAL) != 1)
				return error_errno(err, "a worker has gone");
			task->state = TASK_FINISHING;
		}
		active += task->state == TASK_UNPACKING || task->state == TASK_FINISHING;
	}
	for (size_t i = 0; i < unpack->count && active < (processors < 8 ? processors : 8); i++) {
		if (unpack->tasks[i].state != TASK_PENDING)
			continue;
		if (start_worker(unpack, i, err) < 0)
			return -1;
		active++;
	}
	return 0;
}

static void report(struct unpack *unpack)
{
	if (!unpack->progress->call)
		return;
	for (size_t i = 0; i < unpack->count; i++) {
		struct task *task = unpack->tasks + i;
		int64_t done = __atomic_load_n(unpack->counters + i, __ATOMIC_RELAXED);

		if (task->was_there || done == task->reported)
			continue;
		task->reported = done;
		unpack->progress->call(unpack->jobs[i].diff_id, done, 0, unpack->progress->data);
	}
}

static int receive(struct unpack *unpack, size_t index, struct error *err)
{
	struct task *task = unpack->tasks + index;
	struct layer_message message;
	ssize_t n = recv(task->socket_fd, &message, sizeof(message), 0);

	if (n < 0 && errno == EINTR)
		return 0;
	if (n != sizeof(message))
		return error_set(err, ERROR_INVALID, "the worker for layer sha256:%.12s was killed",
				 unpack->jobs[index].diff_id);
	if (message.has_failed) {
		error_set(err, message.err.code, "%s", message.err.text);
		return error_wrap(err, "layer sha256:%.12s", unpack->jobs[index].diff_id);
	}
	if (task->state == TASK_UNPACKING) {
		task->state = TASK_WAITING;
		return 0;
	}
	task->state = TASK_DONE;
	close(take_fd(&task->socket_fd));
	process_reap(task->pid);
	task->pid = 0;
	if (unpack->progress->call) {
		int64_t total = unpack->counters[index];

		unpack->progress->call(unpack->jobs[index].diff_id, total, total,
				       unpack->progress->data);
	}
	return 0;
}

static int wait_for_workers(struct unpack *unpack, struct error *err)
{
	auto_free struct pollfd *polls = alloc_zeroed(unpack->count + 1, sizeof(*polls));
	int ready;

	for (size_t i = 0; i < unpack->count; i++)
		polls[i] = (struct pollfd){.fd = unpack->tasks[i].socket_fd, .events = POLLIN};
	ready = poll(polls, unpack->count, unpack->progress->call ? PROGRESS_MS : -1);
	if (ready < 0 && errno != EINTR)
		return error_errno(err, "cannot wait for the workers");
	report(unpack);
	for (size_t i = 0; ready > 0 && i < unpack->count; i++)
		if (polls[i].revents && receive(unpack, i, err) < 0)
			return -1;
	return 0;
}

static bool is_done(const struct unpack *unpack)
{
	for (size_t i = 0; i < unpack->count; i++)
		if (unpack->tasks[i].state != TASK_DONE)
			return false;
	return true;
}

static int commit_layer(const struct staging *staging, const char *chain_id, struct error *err)
{
	int layers_fd = staging->layout->layers_fd;

	if (renameat(staging->fd, chain_id, layers_fd, chain_id) == 0)
		return 0;
	if (errno != ENOTEMPTY && errno != EEXIST)
		return error_errno(err, "cannot store layer %.12s", chain_id);
	/* A directory without its record: it does not count. */
	if (layer_store_remove(staging, chain_id, err) < 0)
		return -1;
	if (renameat(staging->fd, chain_id, layers_fd, chain_id) < 0)
		return error_errno(err, "cannot store layer %.12s", chain_id);
	return 0;
}

/* One sync for all; after it, names may appear. */
static int commit(const struct unpack *unpack, struct error *err)
{
	const struct layout *layout = unpack->staging->layout;

	if (syncfs(layout->root_fd) < 0)
		return error_errno(err, "cannot sync '%s'", layout->root);
	for (size_t i = 0; i < unpack->count; i++)
		if (!unpack->tasks[i].was_there &&
		    commit_layer(unpack->staging, unpack->jobs[i].chain_id, err) < 0)
			return -1;
	if (fsync(layout->layers_fd) < 0)
		return error_errno(err, "cannot sync '%s/layers'", layout->root);
	return 0;
}

static int run(struct unpack *unpack, struct error *err)
{
	int missing = lock_missing(unpack, err);

	if (missing <= 0)
		return missing;
	while (!is_done(unpack))
		if (start_what_can(unpack, err) < 0 || wait_for_workers(unpack, err) < 0)
			return -1;
	return commit(unpack, err) < 0 ? -1 : 1;
}

static void clean_up(struct unpack *unpack)
{
	for (size_t i = 0; i < unpack->count; i++) {
		struct task *task = unpack->tasks + i;

		if (task->socket_fd >= 0)
			close(task->socket_fd);
		if (task->pid > 0) {
			kill(task->pid, SIGKILL); /* our child, not reaped yet: the pid is his */
			process_reap(task->pid);
		}
	}
	for (size_t i = 0; i < unpack->count; i++)
		if (unpack->tasks[i].lock_fd >= 0)
			staging_unlock_chain(unpack->staging->layout, unpack->jobs[i].chain_id,
					     unpack->tasks[i].lock_fd);
	free(unpack->tasks);
}

int layer_store_unpack(const struct staging *staging, const struct layer_job *jobs, size_t count,
		       const struct layer_progress *progress, struct error *err)
{
	size_t size = (count + 1) * sizeof(int64_t);
	struct unpack unpack = {
		.staging = staging,
		.jobs = jobs,
		.count = count,
		.progress = progress,
		.tasks = alloc_zeroed(count + 1, sizeof(struct task)),
	};
	int result;

	for (size_t i = 0; i < count; i++)
		unpack.tasks[i].lock_fd = unpack.tasks[i].socket_fd = -1;
	unpack.counters =
		mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (unpack.counters == MAP_FAILED) {
		free(unpack.tasks);
		return error_errno(err, "cannot share memory with the workers");
	}
	result = run(&unpack, err);
	clean_up(&unpack);
	munmap(unpack.counters, size);
	return result;
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
