/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/harness/harness.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "storage/archive/compress.h"
#include "tests/unit/storage/tar_maker.h"

#include <string.h>
#include <zlib.h>
#include <zstd.h>

static void add_gzip(struct strbuf *out, const void *bytes, size_t length)
{
	z_stream stream = {0};
	size_t room = compressBound(length) + 64;

	assert_int_equal(deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY),
			 Z_OK);
	stream.next_in = (Bytef *)bytes;
	stream.avail_in = (uInt)length;
	stream.next_out = (Bytef *)strbuf_reserve(out, room);
	stream.avail_out = (uInt)room;
	assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
	out->length += stream.total_out;
	deflateEnd(&stream);
}

static void add_zstd(struct strbuf *out, const void *bytes, size_t length)
{
	size_t room = ZSTD_compressBound(length);

	out->length += ZSTD_compress(strbuf_reserve(out, room), room, bytes, length, 3);
}

static int inflate_all(const struct strbuf *in, struct strbuf *out, struct error *err)
{
	auto_close int fd = tar_open(strbuf_text(in), in->length);
	auto_compress struct compress_reader *reader = NULL;
	const void *chunk;
	ssize_t n;

	if (compress_open(&reader, fd, err) < 0)
		return -1;
	while ((n = compress_read(reader, &chunk, err)) > 0)
		strbuf_add_n(out, chunk, (size_t)n);
	return (int)n;
}

static void make_sample(struct strbuf *out, size_t length)
{
	unsigned x = 1;

	for (size_t i = 0; i < length; i++) {
		x = x * 1103515245 + 12345;
		strbuf_add_char(out, (char)((x >> 16) % 7 + 'a'));
	}
}

static void check_round(void (*add)(struct strbuf *, const void *, size_t), int members,
			size_t padding)
{
	auto_strbuf struct strbuf sample = {0};
	auto_strbuf struct strbuf packed = {0};
	auto_strbuf struct strbuf expected = {0};
	auto_strbuf struct strbuf actual = {0};
	struct error err = {0};

	make_sample(&sample, 700001);
	for (int i = 0; i < members; i++) {
		add(&packed, sample.text, sample.length - (size_t)i * 12345);
		strbuf_add_n(&expected, sample.text, sample.length - (size_t)i * 12345);
	}
	while (padding-- > 0)
		strbuf_add_char(&packed, '\0');
	CHECK_OK(inflate_all(&packed, &actual, &err));
	CHECK_INT(actual.length, expected.length);
	CHECK(memcmp(actual.text, expected.text, expected.length) == 0);
}

TEST(reads_gzip_of_one_and_many_members)
{
	check_round(add_gzip, 1, 0);
	check_round(add_gzip, 7, 0);
}

TEST(reads_gzip_with_zeroes_behind)
{
	check_round(add_gzip, 1, 1);
	check_round(add_gzip, 2, 10240);
	check_round(add_gzip, 1, 300000);
}

TEST(reads_zstd_of_one_and_many_frames)
{
	check_round(add_zstd, 1, 0);
	check_round(add_zstd, 5, 0);
}

TEST(many_empty_members_are_nothing)
{
	auto_strbuf struct strbuf packed = {0};
	auto_strbuf struct strbuf out = {0};
	struct error err = {0};

	for (int i = 0; i < 20000; i++)
		add_gzip(&packed, "", 0);
	CHECK_OK(inflate_all(&packed, &out, &err));
	CHECK_INT(out.length, 0);
}

TEST(skips_skippable_zstd_frames)
{
	static const char skippable[] = {0x52, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 'a', 'b', 'c'};
	auto_strbuf struct strbuf packed = {0};
	auto_strbuf struct strbuf out = {0};
	struct error err = {0};

	strbuf_add_n(&packed, skippable, sizeof(skippable));
	add_zstd(&packed, "hello", 5);
	strbuf_add_n(&packed, skippable, sizeof(skippable));
	CHECK_OK(inflate_all(&packed, &out, &err));
	CHECK_TEXT(out.text, "hello");
}

TEST(refuses_a_zstd_window_over_128_mib)
{
	/* A frame header alone: descriptor without single segment, window of 2 GiB. */
	static const unsigned char frame[] = {0x28,	      0xb5, 0x2f, 0xfd, 0x00,
					      (31 - 10) << 3, 1,    0,	  0};
	auto_strbuf struct strbuf packed = {0};
	auto_strbuf struct strbuf out = {0};
	struct error err = {0};

	strbuf_add_n(&packed, frame, sizeof(frame));
	CHECK(inflate_all(&packed, &out, &err) < 0);
	CHECK(strstr(err.text, "zstd"));
}

static void check_truncated(void (*add)(struct strbuf *, const void *, size_t))
{
	auto_strbuf struct strbuf sample = {0};
	auto_strbuf struct strbuf packed = {0};

	make_sample(&sample, 5000);
	add(&packed, sample.text, sample.length);
	for (size_t cut = 8; cut < packed.length; cut += 97) {
		struct strbuf part = {.text = packed.text, .length = packed.length - cut};
		auto_strbuf struct strbuf out = {0};
		struct error err = {0};

		CHECK(inflate_all(&part, &out, &err) < 0);
	}
}

TEST(refuses_what_ends_too_early)
{
	check_truncated(add_gzip);
	check_truncated(add_zstd);
}

TEST(refuses_damage_and_garbage)
{
	auto_strbuf struct strbuf packed = {0};
	auto_strbuf struct strbuf out = {0};
	struct error err = {0};

	add_gzip(&packed, "hello", 5);
	packed.text[packed.length - 6] ^= 1; /* the checksum */
	CHECK(inflate_all(&packed, &out, &err) < 0);
	packed.text[packed.length - 6] ^= 1;
	strbuf_add(&packed, "garbage");
	CHECK(inflate_all(&packed, &out, &err) < 0);
	CHECK(strstr(err.text, "garbage"));
}

TEST(plain_bytes_pass)
{
	auto_strbuf struct strbuf plain = {0};
	auto_strbuf struct strbuf out = {0};
	struct error err = {0};

	CHECK_OK(inflate_all(&plain, &out, &err));
	CHECK_INT(out.length, 0);
	make_sample(&plain, 400000);
	CHECK_OK(inflate_all(&plain, &out, &err));
	CHECK_INT(out.length, plain.length);
	CHECK(memcmp(out.text, plain.text, plain.length) == 0);
}

TEST(xz_and_bzip2_are_told_apart)
{
	auto_strbuf struct strbuf plain = {0};
	auto_strbuf struct strbuf out = {0};
	struct error err = {0};

	strbuf_add(&plain, "BZh91AY&SY");
	CHECK(inflate_all(&plain, &out, &err) < 0);
	CHECK_INT(err.code, ERROR_UNSUPPORTED);
	CHECK(strstr(err.text, "bzip2"));
}
