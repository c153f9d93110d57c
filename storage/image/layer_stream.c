/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/image/layer_stream.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/process.h"
#include "storage/archive/compress.h"

#define SLOTS	 8
#define SHARE_AT ((int64_t)1 << 20)

/* What both processes see. The socket says how long the next slot is, and takes slots back. */
struct layer_stream_ring {
	struct error err;
	char hex[DIGEST_HEX_SIZE];
	unsigned char slots[SLOTS][COMPRESS_OUTPUT_SIZE];
};

void layer_stream_init(struct layer_stream *stream)
{
	*stream = (struct layer_stream){.socket_fd = -1};
	digest_init(&stream->hash);
}

void layer_stream_release(struct layer_stream *stream)
{
	if (stream->pid > 0) {
		kill(stream->pid, SIGKILL); /* our child, not reaped yet: the pid is his */
		process_reap(stream->pid);
	}
	if (stream->socket_fd >= 0)
		close(stream->socket_fd);
	if (stream->ring)
		munmap(stream->ring, sizeof(*stream->ring));
	stream->pid = 0;
	stream->socket_fd = -1;
	stream->ring = NULL;
}

static ssize_t inflate(struct layer_stream *stream, const void **chunk, struct error *err)
{
	ssize_t n = compress_read(stream->reader, chunk, err);

	if (n > 0 && stream->is_hashed)
		digest_add(&stream->hash, *chunk, (size_t)n);
	return n;
}

/* The other side. A slot is in use until its byte comes back. */
static void serve(struct layer_stream *stream) __attribute__((noreturn));
static void serve(struct layer_stream *stream)
{
	struct layer_stream_ring *ring = stream->ring;
	unsigned in_use = 0, next = 0;
	const void *chunk;
	int32_t length;
	char taken;

	do {
		ssize_t n;

		while (in_use == SLOTS) {
			n = recv(stream->socket_fd, &taken, 1, 0);
			if (n == 1)
				in_use--;
			else if (n == 0 || errno != EINTR)
				_exit(1);
		}
		compress_set_output(stream->reader, ring->slots[next]);
		length = (int32_t)inflate(stream, &chunk, &ring->err);
		if (length == 0 && stream->is_hashed)
			digest_finish(&stream->hash, ring->hex);
		if (send(stream->socket_fd, &length, sizeof(length), MSG_NOSIGNAL) < 0)
			_exit(1);
		next = (next + 1) % SLOTS;
		in_use++;
	} while (length > 0);
	/* Leaving with unread bytes would be an error on the other side before it has read all. */
	while (recv(stream->socket_fd, &taken, 1, 0) != 0)
		;
	_exit(0);
}

/* Without a second process it goes on as it did. */
static void share(struct layer_stream *stream)
{
	int sockets[2];
	pid_t parent = getpid();

	stream->is_alone = true;
	if (sysconf(_SC_NPROCESSORS_ONLN) < 2 || compress_kind(stream->reader) == COMPRESS_NONE)
		return;
	stream->ring = mmap(NULL, sizeof(*stream->ring), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (stream->ring == MAP_FAILED) {
		stream->ring = NULL;
		return;
	}
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) < 0)
		return;
	stream->pid = fork();
	if (stream->pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(1);
		close(sockets[0]);
		stream->socket_fd = sockets[1];
		serve(stream);
	}
	close(sockets[1]);
	stream->socket_fd = sockets[0];
	stream->is_alone = stream->pid < 0;
	stream->is_shared = stream->pid > 0;
}

static ssize_t receive(struct layer_stream *stream, const void **chunk, struct error *err)
{
	int32_t length;
	ssize_t n;

	do
		n = recv(stream->socket_fd, &length, sizeof(length), 0);
	while (n < 0 && errno == EINTR);
	if (n != sizeof(length))
		return error_set(err, ERROR_INVALID, "the process that inflates it was killed");
	if (length < 0)
		return error_pass(err, &stream->ring->err);
	*chunk = stream->ring->slots[stream->slot];
	return length;
}

ssize_t layer_stream_read(void *data, const void **chunk, struct error *err)
{
	struct layer_stream *stream = data;
	ssize_t n;

	if (stream->has_ended)
		return 0;
	if (!stream->is_shared && !stream->is_alone && stream->total >= SHARE_AT) {
		share(stream);
		n = stream->is_shared ? receive(stream, chunk, err) : inflate(stream, chunk, err);
	} else if (stream->is_shared) {
		if (send(stream->socket_fd, "", 1, MSG_NOSIGNAL) == 1)
			stream->slot = (stream->slot + 1) % SLOTS;
		n = receive(stream, chunk, err);
	} else {
		n = inflate(stream, chunk, err);
	}
	stream->has_ended = n == 0;
	if (n <= 0)
		return n;
	stream->total += n;
	if (stream->total > stream->limit)
		return error_set(err, ERROR_INVALID, "the layer is larger than %" PRId64 " bytes",
				 stream->limit);
	if (stream->progress)
		__atomic_store_n(stream->progress, stream->total, __ATOMIC_RELAXED);
	return n;
}

void layer_stream_finish(struct layer_stream *stream, char hex[DIGEST_HEX_SIZE])
{
	if (stream->is_shared)
		memcpy(hex, stream->ring->hex, DIGEST_HEX_SIZE);
	else
		digest_finish(&stream->hash, hex);
}
