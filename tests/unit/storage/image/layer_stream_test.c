/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/harness/harness.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "storage/archive/compress.h"
#include "storage/archive/compress_writer.h"
#include "storage/image/layer_stream.h"

#define LARGE ((size_t)9 << 20)

/* Plain bytes, and the same as gzip. */
struct sample {
	struct strbuf plain, packed;
	char hex[DIGEST_HEX_SIZE];
};

static int add_packed(void *data, const void *bytes, size_t length, struct error *err)
{
	(void)err;
	strbuf_add_n(data, bytes, length);
	return 0;
}

static void make_sample(struct sample *sample, size_t length)
{
	auto_compress_writer struct compress_writer *writer = NULL;
	struct error err = {0};

	*sample = (struct sample){0};
	for (unsigned i = 0; sample->plain.length < length; i++)
		strbuf_printf(&sample->plain, "%u,%u ", i, i * 2654435761u);
	digest_hex(sample->hex, sample->plain.text, sample->plain.length);
	writer = compress_writer_new(add_packed, &sample->packed);
	CHECK_OK(compress_writer_add(writer, sample->plain.text, sample->plain.length, &err));
	CHECK_OK(compress_writer_finish(writer, &err));
}

static void free_sample(struct sample *sample)
{
	strbuf_release(&sample->plain);
	strbuf_release(&sample->packed);
}

/* What a source reads from, and how often it was asked: shared by both processes. */
struct origin {
	const char *bytes;
	size_t at, length;
	unsigned calls;
};

static ssize_t give(void *data, void *bytes, size_t size, struct error *err)
{
	struct origin *origin = data;
	size_t length = origin->length - origin->at;

	(void)err;
	length = length < size ? length : size;
	memcpy(bytes, origin->bytes + origin->at, length);
	origin->at += length;
	origin->calls++;
	return (ssize_t)length;
}

static struct origin *make_origin(const void *bytes, size_t length)
{
	struct origin *origin = mmap(NULL, sizeof(*origin), PROT_READ | PROT_WRITE,
				     MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	CHECK(origin != MAP_FAILED);
	*origin = (struct origin){.bytes = bytes, .length = length};
	return origin;
}

static ssize_t read_all(struct layer_stream *stream, struct strbuf *out, struct error *err)
{
	const void *chunk;
	ssize_t n;

	while ((n = layer_stream_read(stream, &chunk, err)) > 0)
		strbuf_add_n(out, chunk, (size_t)n);
	return n;
}

static void check_passes(size_t length, bool is_shared)
{
	auto_layer_stream struct layer_stream stream = {0};
	auto_compress struct compress_reader *reader = NULL;
	auto_strbuf struct strbuf out = {0};
	struct sample sample;
	struct origin *origin;
	const void *chunk;
	char hex[DIGEST_HEX_SIZE];
	int64_t passed = 0;
	struct error err = {0};

	make_sample(&sample, length);
	origin = make_origin(sample.packed.text, sample.packed.length);
	CHECK_OK(compress_open_source(&reader, give, origin, &err));
	layer_stream_init(&stream);
	stream.reader = reader;
	stream.limit = (int64_t)sample.plain.length;
	stream.progress = &passed;
	stream.is_hashed = true;
	CHECK_INT(read_all(&stream, &out, &err), 0);
	CHECK_INT(layer_stream_read(&stream, &chunk, &err), 0); /* and still */
	CHECK(out.length == sample.plain.length);
	CHECK(memcmp(out.text, sample.plain.text, out.length) == 0);
	layer_stream_finish(&stream, hex);
	CHECK_TEXT(hex, sample.hex);
	CHECK_INT(passed, (int64_t)out.length);
	CHECK_INT(stream.is_shared, is_shared && sysconf(_SC_NPROCESSORS_ONLN) > 1);
	CHECK(origin->at == origin->length && origin->calls > 1);
	munmap(origin, sizeof(*origin));
	free_sample(&sample);
}

TEST(a_small_layer_stays_in_this_process)
{
	check_passes(100, false);
	check_passes(900000, false);
}

TEST(a_large_one_comes_from_another_process)
{
	check_passes(LARGE, true);
	check_passes((1 << 20) + 1, true);
}

/* Reads until it fails. */
static void check_fails(const struct sample *sample, size_t length, int64_t limit, const char *text)
{
	auto_layer_stream struct layer_stream stream = {0};
	auto_compress struct compress_reader *reader = NULL;
	auto_strbuf struct strbuf out = {0};
	struct origin *origin = make_origin(sample->packed.text, length);
	struct error err = {0};

	CHECK_OK(compress_open_source(&reader, give, origin, &err));
	layer_stream_init(&stream);
	stream.reader = reader;
	stream.limit = limit;
	stream.is_hashed = true;
	CHECK(read_all(&stream, &out, &err) < 0);
	if (!strstr(err.text, text))
		fail_msg("'%s' does not contain '%s'", err.text, text);
	CHECK_INT(err.code, ERROR_INVALID);
	munmap(origin, sizeof(*origin));
}

TEST(what_the_other_process_finds_wrong_is_told)
{
	struct sample sample;

	make_sample(&sample, LARGE);
	check_fails(&sample, sample.packed.length - 8, INT64_MAX, "ends too early");
	check_fails(&sample, sample.packed.length / 2, INT64_MAX, "ends too early");
	check_fails(&sample, sample.packed.length, (int64_t)LARGE / 2, "larger than 4718592 bytes");
	memset(sample.packed.text + sample.packed.length - 4, 0, 4);
	check_fails(&sample, sample.packed.length, INT64_MAX, "damaged");
	free_sample(&sample);
}

TEST(giving_up_ends_the_other_process)
{
	struct layer_stream stream;
	auto_compress struct compress_reader *reader = NULL;
	struct sample sample;
	struct origin *origin;
	struct error err = {0};
	const void *chunk;
	pid_t pid;

	make_sample(&sample, LARGE);
	origin = make_origin(sample.packed.text, sample.packed.length);
	CHECK_OK(compress_open_source(&reader, give, origin, &err));
	layer_stream_init(&stream);
	stream.reader = reader;
	stream.limit = INT64_MAX;
	while (!stream.is_shared && !stream.is_alone)
		CHECK(layer_stream_read(&stream, &chunk, &err) > 0);
	pid = stream.pid;
	layer_stream_release(&stream);
	if (pid > 0)
		CHECK(kill(pid, 0) < 0 && errno == ESRCH);
	munmap(origin, sizeof(*origin));
	free_sample(&sample);
}

TEST(a_killed_process_is_an_error)
{
	auto_layer_stream struct layer_stream stream = {0};
	auto_compress struct compress_reader *reader = NULL;
	auto_strbuf struct strbuf out = {0};
	struct sample sample;
	struct origin *origin;
	struct error err = {0};
	const void *chunk;

	make_sample(&sample, LARGE);
	origin = make_origin(sample.packed.text, sample.packed.length);
	CHECK_OK(compress_open_source(&reader, give, origin, &err));
	layer_stream_init(&stream);
	stream.reader = reader;
	stream.limit = INT64_MAX;
	while (!stream.is_shared && !stream.is_alone)
		CHECK(layer_stream_read(&stream, &chunk, &err) > 0);
	if (stream.is_shared) {
		kill(stream.pid, SIGKILL); /* our child, not reaped yet */
		CHECK(read_all(&stream, &out, &err) < 0);
		CHECK(strstr(err.text, "was killed") != NULL);
	}
	munmap(origin, sizeof(*origin));
	free_sample(&sample);
}
