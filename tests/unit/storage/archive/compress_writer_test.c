/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/harness/harness.h"

#include "base/error.h"
#include "storage/archive/compress.h"
#include "storage/archive/compress_writer.h"
#include "tests/unit/storage/tar_maker.h"

#include <errno.h>

static int add_to_strbuf(void *data, const void *bytes, size_t length, struct error *err)
{
	(void)err;
	strbuf_add_n(data, bytes, length);
	return 0;
}

static void make_sample(struct strbuf *out, size_t length)
{
	unsigned x = 1;

	for (size_t i = 0; i < length; i++) {
		x = x * 1103515245 + 12345;
		strbuf_add_char(out, (char)((x >> 16) % (i % 3000 < 1500 ? 3 : 250)));
	}
}

static void compress_all(const struct strbuf *plain, size_t piece, struct strbuf *out)
{
	auto_compress_writer struct compress_writer *writer =
		compress_writer_new(add_to_strbuf, out);
	struct error err = {0};

	for (size_t at = 0; at < plain->length; at += piece) {
		size_t left = plain->length - at;

		CHECK_OK(compress_writer_add(writer, plain->text + at, left < piece ? left : piece,
					     &err));
	}
	CHECK_OK(compress_writer_finish(writer, &err));
}

TEST(what_goes_in_comes_out)
{
	static const size_t lengths[] = {0, 1, 511, 65536, 262144, 262145, 3000001};
	static const size_t pieces[] = {7777, 262144, 5000000};

	for (size_t i = 0; i < array_length(lengths); i++)
		for (size_t j = 0; j < array_length(pieces); j++) {
			auto_strbuf struct strbuf plain = {0}, packed = {0}, again = {0},
						  back = {0};
			auto_compress struct compress_reader *reader = NULL;
			struct error err = {0};
			auto_close int fd = -1;
			const void *chunk;
			ssize_t n;

			make_sample(&plain, lengths[i]);
			compress_all(&plain, pieces[j], &packed);
			compress_all(&plain, pieces[j], &again);
			CHECK(packed.length == again.length &&
			      memcmp(packed.text, again.text, packed.length) == 0);
			fd = tar_open(packed.text, packed.length);
			CHECK_OK(compress_open(&reader, fd, &err));
			CHECK_INT(compress_kind(reader), COMPRESS_GZIP);
			while ((n = compress_read(reader, &chunk, &err)) > 0)
				strbuf_add_n(&back, chunk, (size_t)n);
			CHECK_INT(n, 0);
			CHECK(back.length == plain.length);
			CHECK(!back.length || memcmp(back.text, plain.text, back.length) == 0);
			CHECK(lengths[i] < 1000 || packed.length < plain.length);
		}
}

static int refuse(void *data, const void *bytes, size_t length, struct error *err)
{
	(void)data;
	(void)bytes;
	(void)length;
	return error_set(err, ENOSPC, "no room");
}

TEST(a_sink_that_fails_is_an_error)
{
	auto_compress_writer struct compress_writer *writer = compress_writer_new(refuse, NULL);
	struct error err = {0};

	CHECK(compress_writer_add(writer, "x", 1, &err) < 0 ||
	      compress_writer_finish(writer, &err) < 0);
	CHECK_INT(err.code, ENOSPC);
}
