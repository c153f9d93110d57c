/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/harness/harness.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "storage/archive/compress.h"
#include "tests/unit/storage/tar_maker.h"

#include <bzlib.h>
#include <lzma.h>
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

static void add_xz(struct strbuf *out, const void *bytes, size_t length)
{
	size_t room = lzma_stream_buffer_bound(length), used = 0;

	assert_int_equal(lzma_easy_buffer_encode(1, LZMA_CHECK_CRC64, NULL, bytes, length,
						 (uint8_t *)strbuf_reserve(out, room), &used, room),
			 LZMA_OK);
	out->length += used;
}

static void add_bzip2(struct strbuf *out, const void *bytes, size_t length)
{
	unsigned room = (unsigned)(length + length / 100 + 700);

	assert_int_equal(BZ2_bzBuffToBuffCompress(strbuf_reserve(out, room), &room, (char *)bytes,
						  (unsigned)length, 1, 0, 0),
			 BZ_OK);
	out->length += room;
}

typedef int open_reader(struct compress_reader **reader, int fd, struct error *err);

static int inflate_by(open_reader *open, const struct strbuf *in, struct strbuf *out,
		      struct error *err)
{
	auto_close int fd = tar_open(strbuf_text(in), in->length);
	auto_compress struct compress_reader *reader = NULL;
	const void *chunk;
	ssize_t n;

	if (open(&reader, fd, err) < 0)
		return -1;
	while ((n = compress_read(reader, &chunk, err)) > 0)
		strbuf_add_n(out, chunk, (size_t)n);
	return (int)n;
}

static int inflate_all(const struct strbuf *in, struct strbuf *out, struct error *err)
{
	return inflate_by(compress_open, in, out, err);
}

static void make_sample(struct strbuf *out, size_t length)
{
	unsigned x = 1;

	for (size_t i = 0; i < length; i++) {
		x = x * 1103515245 + 12345;
		strbuf_add_char(out, (char)((x >> 16) % 7 + 'a'));
	}
}

typedef void add_packed(struct strbuf *out, const void *bytes, size_t length);

static void check_round_by(open_reader *open, add_packed *add, int members, size_t padding)
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
	CHECK_OK(inflate_by(open, &packed, &actual, &err));
	CHECK_INT(actual.length, expected.length);
	CHECK(memcmp(actual.text, expected.text, expected.length) == 0);
}

static void check_round(add_packed *add, int members, size_t padding)
{
	check_round_by(compress_open, add, members, padding);
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

TEST(reads_xz_and_bzip2_where_they_are_wanted)
{
	check_round_by(compress_open_any, add_xz, 1, 0);
	check_round_by(compress_open_any, add_xz, 2, 4096);
	check_round_by(compress_open_any, add_bzip2, 2, 0);
	check_round_by(compress_open_any, add_gzip, 1, 0);
	check_round_by(compress_open_any, add_zstd, 1, 0);
}

static void check_damaged(add_packed *add, const char *name)
{
	auto_strbuf struct strbuf sample = {0};
	auto_strbuf struct strbuf packed = {0};
	auto_strbuf struct strbuf out = {0};
	struct error err = {0};
	size_t whole;

	make_sample(&sample, 50001);
	add(&packed, sample.text, sample.length);
	whole = packed.length;
	for (size_t cut = 1; cut < whole - COMPRESS_MAGIC_SIZE; cut *= 9) {
		packed.length = whole - cut;
		CHECK(inflate_by(compress_open_any, &packed, &out, &err) < 0);
		CHECK(strstr(err.text, name) && strstr(err.text, "ends too early"));
	}
	packed.length = whole;
	packed.text[whole / 2] = (char)~packed.text[whole / 2];
	CHECK(inflate_by(compress_open_any, &packed, &out, &err) < 0);
	CHECK(strstr(err.text, name) && strstr(err.text, "damaged"));
}

TEST(xz_and_bzip2_that_are_cut_or_damaged_are_refused)
{
	check_damaged(add_xz, "xz");
	check_damaged(add_bzip2, "bzip2");
}

/* A dictionary of 1.5 GiB, as the tool's --lzma2=dict=1536MiB writes it. */
TEST(xz_that_wants_much_memory_is_refused)
{
	lzma_options_lzma options;
	lzma_filter filters[] = {{LZMA_FILTER_LZMA2, &options}, {LZMA_VLI_UNKNOWN, NULL}};
	lzma_block block = {.check = LZMA_CHECK_CRC32, .filters = filters};
	lzma_stream_flags flags = {.check = LZMA_CHECK_CRC32};
	auto_strbuf struct strbuf packed = {0};
	auto_strbuf struct strbuf out = {0};
	struct error err = {0};
	char *at = strbuf_reserve(&packed, 1024);

	CHECK(!lzma_lzma_preset(&options, 0));
	options.dict_size = (uint32_t)1536 << 20;
	CHECK(lzma_stream_header_encode(&flags, (uint8_t *)at) == LZMA_OK);
	block.compressed_size = block.uncompressed_size = LZMA_VLI_UNKNOWN;
	CHECK(lzma_block_header_size(&block) == LZMA_OK);
	CHECK(lzma_block_header_encode(&block, (uint8_t *)at + LZMA_STREAM_HEADER_SIZE) == LZMA_OK);
	packed.length = LZMA_STREAM_HEADER_SIZE + block.header_size;
	CHECK(inflate_by(compress_open_any, &packed, &out, &err) < 0);
	CHECK_INT(err.code, ERROR_UNSUPPORTED);
	CHECK(strstr(err.text, "MiB"));
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
