/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/image/layer_worker.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "storage/image/layer.h"
#include "storage/image/layer_blob.h"
#include "storage/image/layer_record.h"
#include "storage/overlay_stack.h"

static void say(const struct layer_worker *worker, const struct layer_message *message)
{
	send(worker->socket_fd, message, sizeof(*message), MSG_NOSIGNAL);
}

static int open_target(const struct layer_worker *worker, int *staged_fd, struct error *err)
{
	const char *chain_id = worker->jobs[worker->index].chain_id;
	auto_close int fd = -1;
	auto_close int diff = -1;

	if (mkdirat(worker->staging->fd, chain_id, 0700) < 0)
		return error_errno(err, "cannot create the layer's directory");
	fd = openat(worker->staging->fd, chain_id, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || mkdirat(fd, "diff", 0755) < 0)
		return error_errno(err, "cannot create the layer's directory");
	diff = openat(fd, "diff", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (diff < 0 || fchmod(diff, 0755) < 0)
		return error_errno(err, "cannot open the layer's directory");
	*staged_fd = take_fd(&fd);
	return take_fd(&diff);
}

static int check_diff_id(const struct layer *layer, const struct layer_job *job, struct error *err)
{
	if (strcmp(layer->diff_id, job->diff_id) != 0)
		return error_set(err, ERROR_INVALID,
				 "its content is sha256:%s: the image was altered or is damaged",
				 layer->diff_id);
	return 0;
}

static int apply_staged(const struct layer_worker *worker, struct layer *layer, struct error *err)
{
	const struct layer_job *job = worker->jobs + worker->index;
	auto_close int blob = openat(worker->staging->fd, job->blob_name, O_RDONLY | O_CLOEXEC);

	if (blob < 0)
		return error_errno(err, "cannot open its blob");
	posix_fadvise(blob, 0, 0, POSIX_FADV_SEQUENTIAL);
	if (layer_apply(layer, blob, job->blob_hex, err) < 0)
		return -1;
	return check_diff_id(layer, job, err);
}

/* From the registry, as far as it is not there. */
static int apply_blob(const struct layer_worker *worker, struct layer *layer,
		      struct layer_blob *blob, struct layer_message *failure, struct error *err)
{
	const struct layer_job *job = worker->jobs + worker->index;
	int result;

	if (layer_blob_open(blob, worker->staging, job, err) < 0)
		return -1;
	blob->pipe_fd = worker->pipe_fd;
	blob->counter = &worker->counters->fetched;
	if (blob->have < job->blob_size)
		say(worker,
		    &(struct layer_message){.kind = LAYER_NEEDS_BLOB, .offset = blob->have});
	result = layer_apply_source(layer, layer_blob_read, blob, job->blob_hex, err);
	if (result == 0)
		result = check_diff_id(layer, job, err);
	if (result == 0)
		return 0;
	failure->is_cut = blob->is_cut;
	failure->may_be_stale = layer_blob_settle(blob, err);
	return -1;
}

/* The source is called by the process that inflates (storage/image/layer_stream.h): what it finds
 * out must be seen here. */
static int apply_remote(const struct layer_worker *worker, struct layer *layer,
			struct layer_message *failure, struct error *err)
{
	struct layer_blob *blob = mmap(NULL, sizeof(*blob), PROT_READ | PROT_WRITE,
				       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int result;

	if (blob == MAP_FAILED)
		return error_errno(err, "cannot share memory");
	blob->fd = -1;
	result = apply_blob(worker, layer, blob, failure, err);
	layer_blob_close(blob);
	munmap(blob, sizeof(*blob));
	return result;
}

static int unpack(const struct layer_worker *worker, struct layer *layer,
		  struct layer_message *failure, struct error *err)
{
	const struct layer_job *job = worker->jobs + worker->index;

	layer->progress = &worker->counters->unpacked;
	return job->is_remote ? apply_remote(worker, layer, failure, err)
			      : apply_staged(worker, layer, err);
}

/* A lower layer is still in staging, or was there before. */
static int open_lower(const struct layer_worker *worker, size_t index, struct error *err)
{
	const char *chain_id = worker->jobs[index].chain_id;
	char path[96];
	int fd;

	snprintf(path, sizeof(path), "%s/diff", chain_id);
	fd = openat(worker->staging->fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0)
		return fd;
	return overlay_stack_open_layer(worker->staging->layout, chain_id, err);
}

static int mount_lower(const struct layer_worker *worker, struct error *err)
{
	struct overlay_stack stack __attribute__((cleanup(overlay_stack_release))) =
		OVERLAY_STACK_EMPTY;

	for (size_t i = 0; i < worker->index; i++) {
		int fd = open_lower(worker, i, err);

		if (fd < 0)
			return -1;
		overlay_stack_add(&stack, fd);
	}
	return overlay_stack_mount(worker->staging->layout, &stack, err);
}

static int finish(const struct layer_worker *worker, struct layer *layer, struct error *err)
{
	auto_close int previous = -1;
	auto_close int lower = -1;

	if (worker->index > 0) {
		previous = open_lower(worker, worker->index - 1, err);
		if (previous < 0)
			return -1;
	}
	if (worker->index > 0 && layer_needs_lower(layer)) {
		lower = mount_lower(worker, err);
		if (lower < 0)
			return -1;
	}
	return layer_finish(layer, previous, lower, err);
}

/* Without fsync: the store syncs everything before the directory gets its name. */
static int write_record(const struct layer_worker *worker, const struct layer *layer, int staged_fd,
			struct error *err)
{
	const struct layer_job *job = worker->jobs + worker->index;
	const struct layer_record record = {
		.diff_id = job->diff_id,
		.blob = job->blob_hex,
		.parent = worker->index > 0 ? worker->jobs[worker->index - 1].chain_id : NULL,
		.size = layer->size,
		.entries = layer->entries,
	};

	return layer_record_save(staged_fd, "layer.json", &record, err);
}

static int work(const struct layer_worker *worker, struct layer *layer,
		struct layer_message *failure, struct error *err)
{
	auto_close int staged_fd = -1;
	auto_close int fd = open_target(worker, &staged_fd, err);
	ssize_t n;
	char go;

	if (fd < 0)
		return -1;
	layer_init(layer, fd);
	if (unpack(worker, layer, failure, err) < 0)
		return -1;
	say(worker, &(struct layer_message){.kind = LAYER_UNPACKED});
	do
		n = recv(worker->socket_fd, &go, 1, 0);
	while (n < 0 && errno == EINTR);
	if (n != 1) /* the parent gave up */
		_exit(1);
	if (finish(worker, layer, err) < 0 || write_record(worker, layer, staged_fd, err) < 0)
		return -1;
	return 0;
}

void layer_worker_run(const struct layer_worker *worker)
{
	struct layer_message failure = {.kind = LAYER_FAILED};
	struct layer layer = {0};

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != worker->parent) /* gone before that */
		_exit(1);
	if (work(worker, &layer, &failure, &failure.err) < 0) {
		say(worker, &failure);
		_exit(1);
	}
	say(worker, &(struct layer_message){.kind = LAYER_FINISHED});
	_exit(0);
}
