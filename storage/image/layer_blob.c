/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/image/layer_blob.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "storage/image/blob.h"
#include "storage/image/partial.h"

#define CHUNK_SIZE ((size_t)256 << 10)

static int open_staged(struct layer_blob *blob, struct error *err)
{
	blob->fd = openat(blob->staging->fd, blob->job->blob_name, O_RDONLY | O_CLOEXEC);
	if (blob->fd < 0)
		return error_errno(err, "cannot open its blob");
	blob->is_stored = true;
	blob->have = blob->job->blob_size;
	return 0;
}

/* Another pull may be about to give a sealed file its name in the store, so nobody changes it, and
 * nobody cuts a file that has more than its own manifest says: it makes a new one. 1: it is of use
 * here. */
static int measure(struct layer_blob *blob, struct error *err)
{
	struct stat status;

	if (fstat(blob->fd, &status) < 0)
		return error_errno(err, "cannot look at its download");
	blob->have = status.st_size;
	return blob->have == blob->job->blob_size ||
	       (blob->have < blob->job->blob_size && !partial_is_sealed(&status));
}

/* 1: opened; 0: the blob is in the store. */
static int open_partial(struct layer_blob *blob, struct error *err)
{
	const struct layout *layout = blob->staging->layout;
	const char *hex = blob->job->blob_hex;
	int result;

	for (;;) {
		blob->fd = partial_open(layout, hex, err);
		if (blob->fd < 0)
			return -1;
		/* Whoever had the lock may have brought it into the store. */
		if (blob_exists(layout, hex)) {
			partial_discard(layout, hex);
			close(take_fd(&blob->fd));
			return 0;
		}
		result = measure(blob, err);
		if (result != 0)
			return result;
		partial_discard(layout, hex);
		close(take_fd(&blob->fd));
	}
}

int layer_blob_open(struct layer_blob *blob, const struct staging *staging,
		    const struct layer_job *job, struct error *err)
{
	*blob = (struct layer_blob){.staging = staging, .job = job, .fd = -1, .pipe_fd = -1};
	digest_init(&blob->hash);
	/* An earlier attempt of this pull has left it there. */
	if (unlinkat(staging->fd, job->blob_name, 0) < 0 && errno != ENOENT)
		return error_errno(err, "cannot remove its blob");
	for (;;) {
		int result;

		if (blob_stage_as(staging, job->blob_hex, job->blob_name))
			return open_staged(blob, err);
		result = open_partial(blob, err);
		if (result < 0)
			return -1;
		if (result > 0)
			return partial_stage(staging, job->blob_hex, job->blob_name, err);
	}
}

void layer_blob_close(struct layer_blob *blob)
{
	cleanup_close(&blob->fd);
	blob->fd = -1;
}

static int finish(struct layer_blob *blob, struct error *err)
{
	char hex[DIGEST_HEX_SIZE];

	digest_finish(&blob->hash, hex);
	if (strcmp(hex, blob->job->blob_hex) != 0)
		return error_set(err, ERROR_INVALID,
				 "the %jd bytes that %s have digest sha256:%s, not sha256:%s",
				 (intmax_t)blob->job->blob_size,
				 blob->is_stored ? "are stored" : "the registry sent", hex,
				 blob->job->blob_hex);
	blob->is_complete = true;
	if (blob->is_stored)
		return 0;
	if (partial_seal(blob->fd, err) < 0)
		return -1;
	flock(blob->fd, LOCK_UN);
	return 0;
}

static ssize_t read_fd(int fd, void *bytes, size_t size)
{
	ssize_t n;

	do
		n = read(fd, bytes, size);
	while (n < 0 && errno == EINTR);
	return n;
}

static ssize_t read_pipe(struct layer_blob *blob, void *bytes, size_t size, struct error *err)
{
	ssize_t n = read_fd(blob->pipe_fd, bytes, size);

	if (n < 0)
		return error_errno(err, "cannot read from the transport");
	if (n == 0) {
		blob->is_cut = true;
		return error_set(err, ERROR_INVALID, "only %jd of %jd bytes came",
				 (intmax_t)blob->at, (intmax_t)blob->job->blob_size);
	}
	if (file_write_all(blob->fd, bytes, (size_t)n, err) < 0)
		return error_wrap(err, "cannot store what was downloaded");
	return n;
}

ssize_t layer_blob_read(void *data, void *bytes, size_t size, struct error *err)
{
	struct layer_blob *blob = data;
	int64_t left = blob->job->blob_size - blob->at;
	ssize_t n;

	if (left == 0)
		return blob->is_complete ? 0 : finish(blob, err);
	if (blob->at < blob->have)
		left = blob->have - blob->at;
	if (size > (size_t)left)
		size = (size_t)left;
	if (blob->at < blob->have) {
		n = read_fd(blob->fd, bytes, size);
		if (n < 0)
			return error_errno(err, "cannot read its blob");
		if (n == 0)
			return error_set(err, ERROR_INVALID, "its blob is too short");
	} else {
		n = read_pipe(blob, bytes, size, err);
		if (n < 0)
			return -1;
	}
	digest_add(&blob->hash, bytes, (size_t)n);
	blob->at += n;
	if (blob->counter)
		__atomic_store_n(blob->counter, blob->at, __ATOMIC_RELAXED);
	return n;
}

static bool is_sound(const struct layer_blob *blob)
{
	auto_free char *chunk = alloc_bytes(CHUNK_SIZE);
	char hex[DIGEST_HEX_SIZE];
	struct digest hash;
	ssize_t n;

	if (lseek(blob->fd, 0, SEEK_SET) < 0)
		return true;
	digest_init(&hash);
	while ((n = read_fd(blob->fd, chunk, CHUNK_SIZE)) > 0)
		digest_add(&hash, chunk, (size_t)n);
	digest_finish(&hash, hex);
	return n == 0 && strcmp(hex, blob->job->blob_hex) == 0;
}

bool layer_blob_settle(struct layer_blob *blob, const struct error *reason)
{
	const struct layout *layout = blob->staging->layout;
	const char *hex = blob->job->blob_hex;

	if (blob->is_cut)
		return false;
	if (!blob->is_stored) {
		partial_discard(layout, hex);
		return blob->have > 0 && !blob->is_complete && reason->code == ERROR_INVALID;
	}
	if (reason->code != ERROR_INVALID || is_sound(blob))
		return false;
	log_debug("blob sha256:%s was damaged on disk", hex);
	return blob_remove(layout, hex, NULL) == 0;
}
