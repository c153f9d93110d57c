/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/harness/harness.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/process.h"
#include "storage/archive/tar_writer.h"
#include "storage/archive/tarball.h"
#include "tests/unit/storage/tar_maker.h"

#include <errno.h>
#include <stdint.h>

static int add_to_strbuf(void *data, const void *bytes, size_t length, struct error *err)
{
	(void)err;
	strbuf_add_n(data, bytes, length);
	return 0;
}

struct source {
	const struct strbuf *bytes;
	bool is_read;
};

static ssize_t give_all(void *data, const void **chunk, struct error *err)
{
	struct source *source = data;

	(void)err;
	if (source->is_read)
		return 0;
	source->is_read = true;
	*chunk = source->bytes->text;
	return (ssize_t)source->bytes->length;
}

/* Writes one entry and its content, twice, which must give the same. */
static void write_one(struct strbuf *out, const struct tar_writer_entry *entry, const char *content,
		      bool is_exact)
{
	auto_strbuf struct strbuf again = {0};
	struct strbuf *outs[] = {out, &again};
	struct error err = {0};

	for (size_t i = 0; i < array_length(outs); i++) {
		auto_tar_writer struct tar_writer writer;

		tar_writer_init(&writer, add_to_strbuf, outs[i]);
		writer.has_exact_times = is_exact;
		CHECK_OK(tar_writer_begin(&writer, entry, &err));
		CHECK_OK(tar_writer_data(&writer, content, strlen(content), &err));
		CHECK_OK(tar_writer_finish(&writer, &err));
	}
	CHECK(out->length % 512 == 0);
	CHECK(out->length == again.length && memcmp(out->text, again.text, out->length) == 0);
}

/* Writes, reads with libarchive, compares. */
static void check_entry(const struct tar_writer_entry *entry, const char *content)
{
	auto_strbuf struct strbuf bytes = {0};
	auto_strbuf struct strbuf read = {0};
	auto_free char *path = NULL;
	struct source source = {&bytes, false};
	struct tarball_reader reader = {0};
	struct tarball_entry got;
	struct error err = {0};
	const void *chunk;
	int64_t offset;
	ssize_t n;

	write_one(&bytes, entry, content, true);
	CHECK_OK(tarball_open(&reader, give_all, &source, &err));
	CHECK_INT(tarball_next(&reader, &got, &err), 1);
	path = alloc_format("%s%s", entry->path, S_ISDIR(entry->mode) ? "/" : "");
	CHECK_TEXT(got.path, path);
	if (entry->is_hard_link)
		CHECK_TEXT(got.hardlink, entry->link);
	else if (entry->link)
		CHECK_TEXT(got.symlink, entry->link);
	if (!entry->is_hard_link)
		CHECK(got.type == (entry->mode & S_IFMT));
	CHECK(got.mode == (entry->mode & 07777));
	CHECK(got.uid == entry->uid && got.gid == entry->gid);
	CHECK(got.mtime.tv_sec == entry->mtime.tv_sec);
	CHECK(got.mtime.tv_nsec == entry->mtime.tv_nsec);
	CHECK(got.device == entry->device);
	if (S_ISREG(entry->mode) && !entry->is_hard_link)
		CHECK(got.size == entry->size);
	while ((n = tarball_data(&reader, &chunk, &offset, &err)) > 0)
		strbuf_add_n(&read, chunk, (size_t)n);
	CHECK_INT(n, 0);
	CHECK_TEXT(strbuf_text(&read), content);
	CHECK_INT(tarball_next(&reader, &got, &err), 0);
	tarball_close(&reader);
}

TEST(keeps_names_of_any_length)
{
	static const size_t lengths[] = {1, 99, 100, 101, 155, 156, 200, 255, 256, 257, 300, 4000};
	static const size_t steps[] = {5, 50, 99, 100, 101, 154, 155, 156, 255};

	for (size_t i = 0; i < array_length(lengths); i++)
		for (size_t j = 0; j < array_length(steps); j++) {
			auto_free char *path = alloc_bytes(lengths[i] + 1);

			for (size_t k = 0; k < lengths[i]; k++)
				path[k] = k % steps[j] == steps[j] - 1 && k + 1 < lengths[i]
						  ? '/'
						  : (char)('a' + k % 26);
			path[lengths[i]] = '\0';
			check_entry(&(struct tar_writer_entry){.path = path, .mode = S_IFREG}, "");
			check_entry(
				&(struct tar_writer_entry){.path = path, .mode = S_IFDIR | 01777},
				"");
			check_entry(&(struct tar_writer_entry){.path = "x",
							       .mode = S_IFLNK | 0777,
							       .link = path},
				    "");
			check_entry(&(struct tar_writer_entry){.path = path,
							       .mode = S_IFREG,
							       .is_hard_link = true,
							       .link = path},
				    "");
		}
}

TEST(names_are_bytes)
{
	auto_free char *path = alloc_bytes(301);

	check_entry(&(struct tar_writer_entry){.path = "\xff\xfe line\nbreak \\", .mode = S_IFREG},
		    "");
	memset(path, 0xfe, 300);
	path[300] = '\0';
	path[150] = '/';
	check_entry(&(struct tar_writer_entry){.path = path, .mode = S_IFREG}, "");
}

TEST(keeps_numbers_that_do_not_fit_into_ustar)
{
	static const uint32_t ids[] = {0, 1, 07777777, 010000000, 0x7fffffff, 0xfffffffe};
	static const struct timespec times[] = {
		{0, 0},
		{1, 500000000},
		{-1, 0},
		{8589934591, 0},
		{8589934592, 7},
		{-2208988800, 0},
		{253402300799, 999999999},
	};

	for (size_t i = 0; i < array_length(ids); i++)
		check_entry(&(struct tar_writer_entry){.path = "file",
						       .mode = S_IFREG | 06755,
						       .uid = ids[i],
						       .gid = ids[array_length(ids) - 1 - i],
						       .size = 7},
			    "content");
	for (size_t i = 0; i < array_length(times); i++)
		check_entry(&(struct tar_writer_entry){.path = "file",
						       .mode = S_IFREG,
						       .mtime = times[i]},
			    "");
}

/* POSIX's decimal: libarchive 3.6 reads the fraction as if it counted upwards. */
TEST(times_before_1970_are_decimal_numbers)
{
	static const struct {
		struct timespec time;
		const char *text;
	} rows[] = {
		{{-1, 500000000}, "24 mtime=-0.500000000\n"},
		{{-2, 250000000}, "24 mtime=-1.750000000\n"},
		{{-100, 1}, "25 mtime=-99.999999999\n"},
	};

	for (size_t i = 0; i < array_length(rows); i++) {
		struct tar_writer_entry entry = {
			.path = "file", .mode = S_IFREG, .mtime = rows[i].time};
		auto_strbuf struct strbuf bytes = {0};

		write_one(&bytes, &entry, "", true);
		CHECK(strncmp(bytes.text + 512 + 3, rows[i].text + 3, strlen(rows[i].text) - 3) ==
		      0);
	}
}

TEST(cuts_times_to_seconds_unless_asked)
{
	auto_strbuf struct strbuf cut = {0};
	struct tar_writer_entry entry = {
		.path = "file", .mode = S_IFREG, .mtime = {1000, 123456789}};

	write_one(&cut, &entry, "", false);
	CHECK_INT(cut.length, 3 * 512); /* no PAX header */
}

TEST(writes_devices_and_fifos)
{
	check_entry(&(struct tar_writer_entry){.path = "c",
					       .mode = S_IFCHR | 0666,
					       .device = makedev(4095, 1048575)},
		    "");
	check_entry(&(struct tar_writer_entry){.path = "b",
					       .mode = S_IFBLK | 0600,
					       .device = makedev(8, 1)},
		    "");
	check_entry(&(struct tar_writer_entry){.path = "p", .mode = S_IFIFO | 0644}, "");
}

TEST(keeps_extended_attributes_as_bytes)
{
	static const struct tar_writer_xattr xattrs[] = {
		{"security.capability", "\1\0\0\2\0\n\0=", 8},
		{"user.empty", "", 0},
		{"user.text", "two\nlines = one", 15},
	};
	struct tar_writer_entry entry = {
		.path = "file", .mode = S_IFREG, .xattrs = xattrs, .xattr_count = 3};
	auto_strbuf struct strbuf bytes = {0};
	struct source source = {&bytes, false};
	struct tarball_reader reader = {0};
	struct tarball_entry got;
	struct error err = {0};
	const char *name;
	const void *value;
	size_t length, found = 0;

	write_one(&bytes, &entry, "", false);
	CHECK_OK(tarball_open(&reader, give_all, &source, &err));
	CHECK_INT(tarball_next(&reader, &got, &err), 1);
	while (tarball_xattr(&reader, &name, &value, &length))
		for (size_t i = 0; i < array_length(xattrs); i++)
			found += strcmp(name, xattrs[i].name) == 0 && length == xattrs[i].length &&
				 memcmp(value, xattrs[i].value, length) == 0;
	CHECK_INT(found, 3);
	tarball_close(&reader);
}

/* What GNU tar lists and extracts of an archive. */
static void gnu_tar(const struct strbuf *bytes, const char *option, struct strbuf *out)
{
	auto_close int fd = tar_open(bytes->text, bytes->length);
	char *argv[] = {(char *)"/bin/tar", (char *)option, (char *)"--numeric-owner",
			(char *)"--full-time", NULL};
	struct error err = {0};

	CHECK_INT(process_run(argv, NULL, fd, out, &err), 0);
}

TEST(gnu_tar_reads_it)
{
	auto_strbuf struct strbuf bytes = {0};
	auto_strbuf struct strbuf list = {0};
	auto_tar_writer struct tar_writer writer;
	struct error err = {0};
	char deep[401];
	struct tar_writer_entry entries[] = {
		{.path = deep, .mode = S_IFREG | 0640, .uid = 3000000, .gid = 5, .size = 4},
		{.path = "link", .mode = S_IFLNK | 0777, .link = deep},
		{.path = "old", .mode = S_IFDIR | 0755, .mtime = {-5, 0}},
	};

	for (size_t i = 0; i < 400; i++)
		deep[i] = i % 60 == 59 ? '/' : 'x';
	deep[400] = '\0';
	tar_writer_init(&writer, add_to_strbuf, &bytes);
	for (size_t i = 0; i < array_length(entries); i++) {
		CHECK_OK(tar_writer_begin(&writer, entries + i, &err));
		if (entries[i].size)
			CHECK_OK(tar_writer_data(&writer, "data", 4, &err));
	}
	CHECK_OK(tar_writer_finish(&writer, &err));
	gnu_tar(&bytes, "-tvf-", &list);
	CHECK(strstr(list.text, "-rw-r----- 3000000/5"));
	CHECK(strstr(list.text, deep));
	CHECK(strstr(list.text, " -> xxx"));
	CHECK(strstr(list.text, "1969-12-31 23:59:55") || strstr(list.text, "1970-01-0"));
	strbuf_clear(&list);
	gnu_tar(&bytes, "-xOf-", &list);
	CHECK_TEXT(list.text, "data");
}

/* More than 8 GiB of holes: GNU tar and libarchive agree on size and content. */
TEST(keeps_holes)
{
	static const struct tar_writer_extent extents[] = {{4096, 3}, {(int64_t)10 << 30, 4}};
	struct tar_writer_entry entry = {
		.path = "holes",
		.mode = S_IFREG | 0644,
		.size = ((int64_t)10 << 30) + 5000,
		.is_sparse = true,
		.extents = extents,
		.extent_count = 2,
	};
	auto_strbuf struct strbuf bytes = {0};
	auto_strbuf struct strbuf list = {0};

	check_entry(&entry, "onefour");
	write_one(&bytes, &entry, "onefour", false);
	CHECK(bytes.length < 8192);
	gnu_tar(&bytes, "-tvf-", &list);
	CHECK(strstr(list.text, " 10737423240 "));
	CHECK(strstr(list.text, " holes\n"));
	entry.extent_count = 0;
	check_entry(&entry, "");
}

TEST(a_sink_that_fails_is_an_error)
{
	auto_close int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
	auto_tar_writer struct tar_writer writer;
	struct error err = {0};

	tar_writer_init_fd(&writer, full);
	CHECK_OK(tar_writer_add_bytes(&writer, "file", "x", 1, &err));
	CHECK(tar_writer_finish(&writer, &err) < 0);
	CHECK_INT(err.code, ENOSPC);
}
