/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/image/layer_tasks.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/process.h"
#include "registry/registry.h"
#include "storage/image/layer_transfer.h"
#include "storage/image/partial.h"

#define PROGRESS_MS   100
#define PIPE_SIZE     (1 << 20) /* fewer changes between the two processes */
#define MOST_WORKERS  8		/* on a machine with many processors */
#define LEAST_FETCHES 3		/* at once: a registry far away leaves processors idle */
#define MOST_FETCHES  4

static size_t counters_size(const struct layer_tasks *tasks)
{
	return (tasks->request->count + 1) * sizeof(*tasks->counters);
}

int layer_tasks_init(struct layer_tasks *tasks, const struct staging *staging,
		     const struct layer_request *request, struct error *err)
{
	void *shared;

	*tasks = (struct layer_tasks){.staging = staging, .request = request};
	shared = mmap(NULL, counters_size(tasks), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		return error_errno(err, "cannot share memory with the workers");
	tasks->counters = shared;
	tasks->items = alloc_zeroed(request->count + 1, sizeof(*tasks->items));
	for (size_t i = 0; i < request->count; i++) {
		struct layer_task *task = tasks->items + i;

		task->lock_fd = task->socket_fd = task->pipe_fd = task->transfer = -1;
	}
	return 0;
}

static void close_now(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void end_worker(struct layer_task *task)
{
	close_now(&task->socket_fd);
	close_now(&task->pipe_fd);
	if (task->pid > 0) {
		kill(task->pid, SIGKILL); /* our child, not reaped yet: the pid is his */
		process_reap(task->pid);
	}
	task->pid = 0;
	task->transfer = -1;
}

void layer_tasks_release(struct layer_tasks *tasks)
{
	if (!tasks->items)
		return;
	for (size_t i = 0; i < tasks->request->count; i++)
		end_worker(tasks->items + i);
	for (size_t i = 0; i < tasks->request->count; i++)
		if (tasks->items[i].lock_fd >= 0)
			staging_unlock_chain(tasks->staging->layout,
					     tasks->request->jobs[i].chain_id,
					     tasks->items[i].lock_fd);
	free(tasks->items);
	munmap(tasks->counters, counters_size(tasks));
	*tasks = (struct layer_tasks){0};
}

void layer_tasks_tell(struct layer_tasks *tasks, size_t index, enum layer_step_kind kind)
{
	const struct layer_request *request = tasks->request;
	struct layer_task *task = tasks->items + index;
	struct layer_step step = {.kind = kind, .job = request->jobs + index};
	int64_t fetched = __atomic_load_n(&tasks->counters[index].fetched, __ATOMIC_RELAXED);
	int64_t unpacked = __atomic_load_n(&tasks->counters[index].unpacked, __ATOMIC_RELAXED);

	if (!request->progress)
		return;
	step.resumed = kind == LAYER_STEP_FETCHING ? task->resumed : 0;
	step.done = kind != LAYER_STEP_FETCHING ? unpacked
		    : fetched > task->resumed	? fetched
						: task->resumed;
	if (kind == LAYER_STEP_FETCHING || kind == LAYER_STEP_PENDING)
		step.total = step.job->blob_size;
	if (kind == LAYER_STEP_DONE)
		step.total = unpacked;
	if ((kind == LAYER_STEP_FETCHING || kind == LAYER_STEP_UNPACKING) &&
	    step.done == task->told)
		return;
	task->told = step.done;
	request->progress(&step, request->data);
}

/* In the child: only its own ends may stay open, or a pipe would never end. */
static void close_others(const struct layer_tasks *tasks)
{
	for (size_t i = 0; i < tasks->request->count; i++) {
		close_now(&tasks->items[i].socket_fd);
		close_now(&tasks->items[i].pipe_fd);
	}
}

static int fork_worker(struct layer_tasks *tasks, size_t index, int socket_fd, int pipe_fd)
{
	struct layer_worker worker = {
		.staging = tasks->staging,
		.jobs = tasks->request->jobs,
		.index = index,
		.parent = getpid(),
		.socket_fd = socket_fd,
		.pipe_fd = pipe_fd,
		.counters = tasks->counters + index,
	};
	pid_t pid = fork();

	if (pid == 0) {
		close_others(tasks);
		layer_worker_run(&worker);
	}
	return pid;
}

static int start_worker(struct layer_tasks *tasks, size_t index, struct error *err)
{
	struct layer_task *task = tasks->items + index;
	int sockets[2], pipes[2] = {-1, -1};
	auto_close int theirs = -1, reading = -1;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) < 0)
		return error_errno(err, "cannot create a socket pair");
	task->socket_fd = sockets[0];
	theirs = sockets[1];
	if (tasks->request->jobs[index].is_remote && pipe2(pipes, O_CLOEXEC) < 0)
		return error_errno(err, "cannot create a pipe");
	task->pipe_fd = pipes[1];
	reading = pipes[0];
	if (reading >= 0)
		fcntl(reading, F_SETPIPE_SZ, PIPE_SIZE);
	tasks->counters[index] = (struct layer_counters){0};
	task->pid = fork_worker(tasks, index, theirs, reading);
	if (task->pid < 0)
		return error_errno(err, "cannot start a worker");
	task->state = LAYER_TASK_UNPACKING;
	return 0;
}

static long most_active(const struct layer_tasks *tasks)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);

	if (tasks->request->registry)
		return processors <= LEAST_FETCHES ? LEAST_FETCHES : MOST_FETCHES;
	return processors < MOST_WORKERS ? processors : MOST_WORKERS;
}

static int let_finish(struct layer_tasks *tasks, size_t index, struct error *err)
{
	struct layer_task *task = tasks->items + index;

	if (send(task->socket_fd, "", 1, MSG_NOSIGNAL) != 1)
		return error_errno(err, "a worker has gone");
	task->state = LAYER_TASK_FINISHING;
	task->told = -1;
	layer_tasks_tell(tasks, index, LAYER_STEP_UNPACKING);
	return 0;
}

/* A worker that has unpacked goes on when the layer below it is finished. */
static int start_what_can(struct layer_tasks *tasks, struct error *err)
{
	size_t count = tasks->request->count;
	long active = 0;

	for (size_t i = 0; i < count; i++) {
		struct layer_task *task = tasks->items + i;

		if (task->state == LAYER_TASK_WAITING &&
		    (i == 0 || tasks->items[i - 1].state == LAYER_TASK_DONE)) {
			if (let_finish(tasks, i, err) < 0)
				return -1;
		}
		active +=
			task->state == LAYER_TASK_UNPACKING || task->state == LAYER_TASK_FINISHING;
	}
	for (size_t i = 0; i < count && active < most_active(tasks); i++) {
		if (tasks->items[i].state != LAYER_TASK_PENDING)
			continue;
		if (start_worker(tasks, i, err) < 0)
			return -1;
		active++;
	}
	return 0;
}

static void report(struct layer_tasks *tasks)
{
	for (size_t i = 0; tasks->request->progress && i < tasks->request->count; i++) {
		const struct layer_task *task = tasks->items + i;

		if (task->state == LAYER_TASK_UNPACKING)
			layer_tasks_tell(tasks, i,
					 task->is_fetched ? LAYER_STEP_FETCHING
							  : LAYER_STEP_UNPACKING);
	}
}

static int begin_transfer(struct layer_tasks *tasks, size_t index, int64_t offset,
			  struct error *err)
{
	struct layer_task *task = tasks->items + index;
	const struct layer_job *job = tasks->request->jobs + index;
	struct registry_blob blob = {.size = job->blob_size, .offset = offset, .fd = task->pipe_fd};

	task->is_fetched = true;
	task->resumed = offset;
	task->told = -1; /* once at least: before the first byte, since the last may come at once */
	layer_tasks_tell(tasks, index, LAYER_STEP_FETCHING);
	memcpy(blob.hex, job->blob_hex, DIGEST_HEX_SIZE);
	task->transfer = registry_fetch_blob(tasks->request->registry, &blob, err);
	close_now(&task->pipe_fd);
	return task->transfer < 0 ? -1 : 0;
}

static int fail_layer(const struct layer_tasks *tasks, size_t index, const struct error *reason,
		      struct error *err)
{
	const struct layer_job *job = tasks->request->jobs + index;

	error_pass(err, reason);
	return error_wrap(err, "layer sha256:%.12s", job->is_remote ? job->blob_hex : job->diff_id);
}

/* What an earlier attempt had left was no good: once more, without it. */
static int repeat(struct layer_tasks *tasks, size_t index, struct error *err)
{
	const struct layer_job *job = tasks->request->jobs + index;
	struct layer_task *task = tasks->items + index;

	end_worker(task);
	partial_discard(tasks->staging->layout, job->blob_hex);
	task->was_repeated = true;
	task->is_fetched = false;
	task->state = LAYER_TASK_PENDING;
	return file_remove_tree(tasks->staging->fd, job->chain_id, err);
}

static int handle_failure(struct layer_tasks *tasks, size_t index, struct layer_message *message,
			  struct error *err)
{
	struct layer_task *task = tasks->items + index;

	if (message->may_be_stale && !task->was_repeated)
		return repeat(tasks, index, err);
	if (message->is_cut)
		layer_transfer_learn_reason(tasks->request->registry, task->transfer,
					    &message->err);
	return fail_layer(tasks, index, &message->err, err);
}

static void finish_task(struct layer_tasks *tasks, size_t index)
{
	struct layer_task *task = tasks->items + index;

	task->state = LAYER_TASK_DONE;
	close_now(&task->socket_fd);
	process_reap(task->pid);
	task->pid = 0;
	layer_tasks_tell(tasks, index, LAYER_STEP_DONE);
}

static int receive(struct layer_tasks *tasks, size_t index, struct error *err)
{
	struct layer_task *task = tasks->items + index;
	struct layer_message message;
	ssize_t n = recv(task->socket_fd, &message, sizeof(message), 0);

	if (n < 0 && errno == EINTR)
		return 0;
	if (n != sizeof(message))
		return error_set(err, ERROR_INVALID, "the worker for layer sha256:%.12s was killed",
				 tasks->request->jobs[index].diff_id);
	switch (message.kind) {
	case LAYER_NEEDS_BLOB:
		return begin_transfer(tasks, index, message.offset, err);
	case LAYER_UNPACKED:
		close_now(&task->pipe_fd);
		task->state = LAYER_TASK_WAITING;
		if (index > 0 && task[-1].state != LAYER_TASK_DONE)
			layer_tasks_tell(tasks, index, LAYER_STEP_UNPACKED);
		return 0;
	case LAYER_FINISHED:
		finish_task(tasks, index);
		return 0;
	case LAYER_FAILED:
		break;
	}
	return handle_failure(tasks, index, &message, err);
}

/* A transfer has failed. Its worker takes what is in the pipe still: as much less to fetch the
 * next time. */
static int handle_lost_transfer(struct layer_tasks *tasks, size_t index, const struct error *reason,
				struct error *err)
{
	struct pollfd poll_fd = {.fd = tasks->items[index].socket_fd, .events = POLLIN};

	if (poll_fd.fd >= 0)
		poll(&poll_fd, 1, LAYER_TRANSFER_LAST_WORDS_MS);
	return fail_layer(tasks, index, reason, err);
}

/* Unless it just comes on. */
static void tell_repetition(struct layer_tasks *tasks, size_t index, const struct error *why)
{
	struct layer_step step = {.kind = LAYER_STEP_RETRYING, .job = tasks->request->jobs + index};

	if (!why || !tasks->request->progress)
		return;
	step.why = why->text;
	tasks->items[index].told = -1;
	tasks->request->progress(&step, tasks->request->data);
}

static int handle_transport(struct layer_tasks *tasks, struct error *err)
{
	struct registry_event event;

	if (registry_next(tasks->request->registry, &event, err) < 0)
		return -1;
	for (size_t i = 0; i < tasks->request->count; i++) {
		struct layer_task *task = tasks->items + i;

		if (task->transfer < 0 || task->transfer != event.transfer)
			continue;
		if (event.kind == REGISTRY_PROGRESS) {
			tell_repetition(tasks, i, event.err);
			continue;
		}
		task->transfer = -1;
		if (event.kind == REGISTRY_FAILED && task->state == LAYER_TASK_UNPACKING)
			return handle_lost_transfer(tasks, i, event.err, err);
	}
	return 0;
}

static int wait_for_news(struct layer_tasks *tasks, struct error *err)
{
	size_t count = tasks->request->count;
	auto_free struct pollfd *polls = alloc_zeroed(count + 1, sizeof(*polls));
	struct registry *registry = tasks->request->registry;
	int ready;

	for (size_t i = 0; i < count; i++)
		polls[i] = (struct pollfd){.fd = tasks->items[i].socket_fd, .events = POLLIN};
	polls[count] =
		(struct pollfd){.fd = registry ? registry_fd(registry) : -1, .events = POLLIN};
	ready = poll(polls, count + 1, tasks->request->progress ? PROGRESS_MS : -1);
	if (ready < 0 && errno != EINTR)
		return error_errno(err, "cannot wait for the workers");
	report(tasks);
	for (size_t i = 0; ready > 0 && i < count; i++)
		if (polls[i].revents && receive(tasks, i, err) < 0)
			return -1;
	return ready > 0 && polls[count].revents ? handle_transport(tasks, err) : 0;
}

static bool is_done(const struct layer_tasks *tasks)
{
	for (size_t i = 0; i < tasks->request->count; i++)
		if (tasks->items[i].state != LAYER_TASK_DONE)
			return false;
	return true;
}

int layer_tasks_run(struct layer_tasks *tasks, struct error *err)
{
	while (!is_done(tasks))
		if (start_what_can(tasks, err) < 0 || wait_for_news(tasks, err) < 0)
			return -1;
	return 0;
}
