/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/image/layer_transfer.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "registry/registry.h"
#include "storage/image/blob.h"
#include "storage/image/layer_blob.h"
#include "storage/image/manifest.h"

#define CHUNK_SIZE	((size_t)32 << 10)
#define BLOB_CHUNK_SIZE ((size_t)256 << 10)

void layer_transfer_learn_reason(struct registry *registry, int transfer, struct error *err)
{
	struct pollfd poll_fd = {.fd = registry_fd(registry), .events = POLLIN};
	struct registry_event event;

	while (transfer >= 0 && poll(&poll_fd, 1, LAYER_TRANSFER_LAST_WORDS_MS) > 0) {
		if (registry_next(registry, &event, err) < 0)
			return;
		if (event.transfer != transfer || event.kind == REGISTRY_PROGRESS)
			continue;
		if (event.kind == REGISTRY_FAILED)
			*err = *event.err;
		return;
	}
}

/* 1: something came; 0: the end. */
static int read_some(int fd, struct strbuf *out, int64_t left, struct error *err)
{
	char chunk[CHUNK_SIZE];
	size_t most = left < (int64_t)sizeof(chunk) ? (size_t)left : sizeof(chunk);
	ssize_t n;

	do
		n = read(fd, chunk, most);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return error_errno(err, "cannot read from the transport");
	strbuf_add_n(out, chunk, (size_t)n);
	return n > 0;
}

static int receive(struct registry *registry, const struct descriptor *descriptor,
		   struct strbuf *out, struct error *err)
{
	struct registry_blob blob = {.size = descriptor->size};
	auto_close int reading = -1;
	int pipes[2], transfer;

	if (pipe2(pipes, O_CLOEXEC) < 0)
		return error_errno(err, "cannot create a pipe");
	reading = pipes[0];
	blob.fd = pipes[1];
	memcpy(blob.hex, descriptor->hex, DIGEST_HEX_SIZE);
	transfer = registry_fetch_blob(registry, &blob, err);
	close(pipes[1]);
	if (transfer < 0)
		return -1;
	while ((int64_t)out->length < descriptor->size) {
		int result = read_some(reading, out, descriptor->size - (int64_t)out->length, err);

		if (result > 0)
			continue;
		if (result == 0) {
			error_set(err, ERROR_INVALID, "only %zu of %jd bytes came", out->length,
				  (intmax_t)descriptor->size);
			layer_transfer_learn_reason(registry, transfer, err);
		}
		return -1;
	}
	return 0;
}

int layer_transfer_document(struct registry *registry, const struct descriptor *descriptor,
			    struct strbuf *out, struct error *err)
{
	char hex[DIGEST_HEX_SIZE];

	if (descriptor->size > (int64_t)BLOB_DOCUMENT_LIMIT)
		return error_set(err, ERROR_INVALID, "it has %jd bytes, which is too much",
				 (intmax_t)descriptor->size);
	if (descriptor->size > 0 && receive(registry, descriptor, out, err) < 0)
		return -1;
	digest_hex(hex, strbuf_text(out), out->length);
	if (strcmp(hex, descriptor->hex) != 0)
		return error_set(err, ERROR_INVALID,
				 "what the registry sent has digest sha256:%s, not sha256:%s", hex,
				 descriptor->hex);
	return 0;
}

static int begin_blob(struct registry *registry, struct layer_blob *blob, int *transfer,
		      struct error *err)
{
	const struct layer_job *job = blob->job;
	struct registry_blob wanted = {.size = job->blob_size, .offset = blob->have};
	int pipes[2];

	if (blob->have >= job->blob_size)
		return 0;
	if (pipe2(pipes, O_CLOEXEC) < 0)
		return error_errno(err, "cannot create a pipe");
	blob->pipe_fd = pipes[0];
	wanted.fd = pipes[1];
	memcpy(wanted.hex, job->blob_hex, DIGEST_HEX_SIZE);
	*transfer = registry_fetch_blob(registry, &wanted, err);
	close(pipes[1]);
	return *transfer < 0 ? -1 : 0;
}

/* 1: what was there before was no good, and is gone. */
static int try_blob(struct registry *registry, const struct staging *staging,
		    const struct layer_job *job, struct error *err)
{
	auto_layer_blob struct layer_blob blob = {.fd = -1};
	auto_free char *chunk = alloc_bytes(BLOB_CHUNK_SIZE);
	auto_close int reading = -1;
	int transfer = -1;
	ssize_t n;

	if (layer_blob_open(&blob, staging, job, err) < 0 ||
	    begin_blob(registry, &blob, &transfer, err) < 0)
		return -1;
	reading = blob.pipe_fd;
	do
		n = layer_blob_read(&blob, chunk, BLOB_CHUNK_SIZE, err);
	while (n > 0);
	if (n == 0)
		return 0;
	if (blob.is_cut)
		layer_transfer_learn_reason(registry, transfer, err);
	return layer_blob_settle(&blob, err) ? 1 : -1;
}

int layer_transfer_blob(struct registry *registry, const struct staging *staging,
			const struct layer_job *job, struct error *err)
{
	int result = try_blob(registry, staging, job, err);

	if (result > 0)
		result = try_blob(registry, staging, job, err);
	return result == 0 ? 0 : error_wrap(err, "layer sha256:%.12s", job->blob_hex);
}
