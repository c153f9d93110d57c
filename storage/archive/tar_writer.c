/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/archive/tar_writer.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/units.h"

#define BLOCK	    512
#define BUFFER_SIZE ((size_t)128 << 10)
#define MOST_SIZE   ((int64_t)1 << 33)	/* 11 octal digits */
#define MOST_ID	    ((uint32_t)1 << 21) /* 7 octal digits */

/* POSIX.1-1988, "ustar". */
struct header {
	char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], checksum[8], type;
	char link[100], magic[6], version[2], owner[32], group[32], major[8], minor[8];
	char prefix[155], padding[12];
};

_Static_assert(sizeof(struct header) == BLOCK, "a tar header is one block");

void tar_writer_init(struct tar_writer *writer, tar_writer_sink *sink, void *data)
{
	*writer = (struct tar_writer){.sink = sink, .data = data, .fd = -1};
}

static int write_fd(void *data, const void *bytes, size_t length, struct error *err)
{
	const struct tar_writer *writer = data;

	return file_write_all(writer->fd, bytes, length, err);
}

void tar_writer_init_fd(struct tar_writer *writer, int fd)
{
	*writer = (struct tar_writer){.sink = write_fd, .data = writer, .fd = fd};
}

void tar_writer_release(struct tar_writer *writer)
{
	strbuf_release(&writer->buffer);
}

static int flush(struct tar_writer *writer, struct error *err)
{
	int result = 0;

	if (writer->buffer.length)
		result =
			writer->sink(writer->data, writer->buffer.text, writer->buffer.length, err);
	strbuf_clear(&writer->buffer);
	return result;
}

/* Small pieces are gathered, large ones passed on as they are. */
static int put(struct tar_writer *writer, const void *bytes, size_t length, struct error *err)
{
	if (writer->buffer.length + length > BUFFER_SIZE && flush(writer, err) < 0)
		return -1;
	if (length >= BUFFER_SIZE)
		return writer->sink(writer->data, bytes, length, err);
	strbuf_add_n(&writer->buffer, bytes, length);
	return 0;
}

static int put_zeroes(struct tar_writer *writer, size_t length, struct error *err)
{
	static const char zeroes[2 * BLOCK];

	return length ? put(writer, zeroes, length, err) : 0;
}

static size_t padding_of(int64_t size)
{
	return (size_t)(BLOCK - size % BLOCK) % BLOCK;
}

/* Octal digits and NUL. (printf would take most of the time of a tree of small files.) */
static void set_number(char *field, size_t size, int64_t value, int64_t limit)
{
	/* What does not fit stands in the PAX header. */
	if (value < 0 || value >= limit)
		value = 0;
	for (size_t i = size - 1; i-- > 0; value >>= 3)
		field[i] = (char)('0' + (value & 7));
}

/* ---- PAX ------------------------------------------------------------------------------------- */

/* "LENGTH key=value\n", where the length counts its own digits. */
static void add_record(struct strbuf *pax, const char *key, const void *value, size_t length)
{
	size_t rest = strlen(key) + length + 3, total = rest + 1;
	char digits[24];

	while (rest + (size_t)snprintf(digits, sizeof(digits), "%zu", total) != total)
		total = rest + strlen(digits);
	strbuf_add(pax, digits);
	strbuf_add_char(pax, ' ');
	strbuf_add(pax, key);
	strbuf_add_char(pax, '=');
	strbuf_add_n(pax, value, length);
	strbuf_add_char(pax, '\n');
}

static void add_text(struct strbuf *pax, const char *key, const char *value)
{
	add_record(pax, key, value, strlen(value));
}

static void add_number(struct strbuf *pax, const char *key, int64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%jd", (intmax_t)value);
	add_text(pax, key, text);
}

static void add_time(struct strbuf *pax, const struct tar_writer *writer,
		     const struct timespec *time)
{
	bool is_exact = writer->has_exact_times && time->tv_nsec;
	int64_t seconds = time->tv_sec;
	long nanoseconds = time->tv_nsec;
	char text[48];

	if (!is_exact && seconds >= 0 && seconds < MOST_SIZE)
		return;
	/* Before 1970 the fraction counts downwards in decimal, but upwards in a timespec. */
	if (is_exact && seconds < 0) {
		seconds++;
		nanoseconds = SECOND - nanoseconds;
	}
	if (is_exact)
		snprintf(text, sizeof(text), "%s%jd.%09ld",
			 time->tv_sec < 0 && seconds == 0 ? "-" : "", (intmax_t)seconds,
			 nanoseconds);
	else
		snprintf(text, sizeof(text), "%jd", (intmax_t)seconds);
	add_text(pax, "mtime", text);
}

static void add_xattrs(struct strbuf *pax, const struct tar_writer_entry *entry)
{
	for (size_t i = 0; i < entry->xattr_count; i++) {
		auto_free char *key = alloc_format("SCHILY.xattr.%s", entry->xattrs[i].name);

		add_record(pax, key, entry->xattrs[i].value, entry->xattrs[i].length);
	}
}

/* ---- headers --------------------------------------------------------------------------------- */

/* Where a path is cut into prefix and name so that both fit: the slash between them, or NULL. */
static const char *find_cut(const char *path, size_t length)
{
	size_t first = length - 101; /* what stands behind it has at most 100 bytes */
	const char *slash;

	if (length > 100 + 1 + 155)
		return NULL;
	/* A directory's slash at the end is a part of its name. */
	slash = memchr(path + first, '/', length - first);
	if (!slash || slash == path || slash - path > 155 || slash == path + length - 1)
		return NULL;
	return slash;
}

static void set_path(struct header *header, struct strbuf *pax, const char *path)
{
	size_t length = strlen(path);
	const char *cut;

	if (length <= sizeof(header->name)) {
		memcpy(header->name, path, length);
		return;
	}
	cut = find_cut(path, length);
	if (cut) {
		memcpy(header->prefix, path, (size_t)(cut - path));
		memcpy(header->name, cut + 1, strlen(cut + 1));
		return;
	}
	add_text(pax, "path", path);
	memcpy(header->name, path, sizeof(header->name));
}

static void set_link(struct header *header, struct strbuf *pax, const char *link)
{
	size_t length = strlen(link);

	if (length > sizeof(header->link)) {
		add_text(pax, "linkpath", link);
		length = sizeof(header->link);
	}
	memcpy(header->link, link, length);
}

static char type_of(const struct tar_writer_entry *entry)
{
	static const struct {
		mode_t type;
		char letter;
	} types[] = {
		{S_IFREG, '0'}, {S_IFLNK, '2'}, {S_IFCHR, '3'},
		{S_IFBLK, '4'}, {S_IFDIR, '5'}, {S_IFIFO, '6'},
	};

	if (entry->is_hard_link)
		return '1';
	for (size_t i = 0; i < array_length(types); i++)
		if (types[i].type == (entry->mode & S_IFMT))
			return types[i].letter;
	assert(!"a type that tar has not");
	return '0';
}

static int put_header(struct tar_writer *writer, struct header *header, struct error *err)
{
	unsigned sum = 0;

	memcpy(header->magic, "ustar", sizeof(header->magic));
	memcpy(header->version, "00", sizeof(header->version));
	memset(header->checksum, ' ', sizeof(header->checksum));
	for (size_t i = 0; i < sizeof(*header); i++)
		sum += ((unsigned char *)header)[i];
	set_number(header->checksum, sizeof(header->checksum) - 1, sum, MOST_ID);
	header->checksum[6] = '\0';
	return put(writer, header, sizeof(*header), err);
}

static int put_pax(struct tar_writer *writer, const char *path, const struct strbuf *pax,
		   struct error *err)
{
	const char *slash = strrchr(path, '/');
	struct header header = {.type = 'x'};

	snprintf(header.name, sizeof(header.name), "PaxHeaders/%.80s", slash ? slash + 1 : path);
	set_number(header.mode, sizeof(header.mode), 0644, MOST_ID);
	set_number(header.uid, sizeof(header.uid), 0, MOST_ID);
	set_number(header.gid, sizeof(header.gid), 0, MOST_ID);
	set_number(header.size, sizeof(header.size), (int64_t)pax->length, MOST_SIZE);
	set_number(header.mtime, sizeof(header.mtime), 0, MOST_SIZE);
	if (put_header(writer, &header, err) < 0 || put(writer, pax->text, pax->length, err) < 0)
		return -1;
	return put_zeroes(writer, padding_of((int64_t)pax->length), err);
}

/* GNU's sparse format 1.0: the map, one number a line, stands before the content. Returns the size
 * of what is stored. */
static int64_t describe_holes(struct strbuf *pax, struct strbuf *map,
			      const struct tar_writer_entry *entry)
{
	int64_t stored = 0;

	add_text(pax, "GNU.sparse.major", "1");
	add_text(pax, "GNU.sparse.minor", "0");
	add_text(pax, "GNU.sparse.name", entry->path);
	add_number(pax, "GNU.sparse.realsize", entry->size);
	/* The last one, of no length, tells where the file ends. */
	strbuf_printf(map, "%zu\n", entry->extent_count + 1);
	for (size_t i = 0; i < entry->extent_count; i++) {
		strbuf_printf(map, "%jd\n%jd\n", (intmax_t)entry->extents[i].offset,
			      (intmax_t)entry->extents[i].length);
		stored += entry->extents[i].length;
	}
	strbuf_printf(map, "%jd\n0\n", (intmax_t)entry->size);
	while (map->length % BLOCK)
		strbuf_add_char(map, '\0');
	return stored + (int64_t)map->length;
}

/* Readers without PAX see a file in a directory of this name. */
static void set_sparse_path(struct header *header, const char *path)
{
	const char *slash = strrchr(path, '/');

	snprintf(header->name, sizeof(header->name), "GNUSparseFile.0/%.80s",
		 slash ? slash + 1 : path);
}

static void fill_numbers(struct header *header, struct strbuf *pax,
			 const struct tar_writer_entry *entry, int64_t size)
{
	bool is_device = S_ISCHR(entry->mode) || S_ISBLK(entry->mode);

	set_number(header->mode, sizeof(header->mode), entry->mode & 07777, MOST_ID);
	set_number(header->uid, sizeof(header->uid), entry->uid, MOST_ID);
	set_number(header->gid, sizeof(header->gid), entry->gid, MOST_ID);
	set_number(header->size, sizeof(header->size), size, MOST_SIZE);
	set_number(header->mtime, sizeof(header->mtime), entry->mtime.tv_sec, MOST_SIZE);
	set_number(header->major, sizeof(header->major), is_device ? major(entry->device) : 0,
		   MOST_ID);
	set_number(header->minor, sizeof(header->minor), is_device ? minor(entry->device) : 0,
		   MOST_ID);
	if (entry->uid >= MOST_ID)
		add_number(pax, "uid", entry->uid);
	if (entry->gid >= MOST_ID)
		add_number(pax, "gid", entry->gid);
	if (size >= MOST_SIZE)
		add_number(pax, "size", size);
}

int tar_writer_begin(struct tar_writer *writer, const struct tar_writer_entry *entry,
		     struct error *err)
{
	bool is_file = S_ISREG(entry->mode) && !entry->is_hard_link;
	bool is_directory = S_ISDIR(entry->mode);
	int64_t size = is_file ? entry->size : 0;
	auto_free char *path = alloc_format("%s%s", entry->path, is_directory ? "/" : "");
	auto_strbuf struct strbuf pax = {0};
	auto_strbuf struct strbuf map = {0};
	struct header header = {.type = type_of(entry)};

	assert(writer->missing == 0);
	if (is_file && entry->is_sparse) {
		size = describe_holes(&pax, &map, entry);
		set_sparse_path(&header, path);
	} else {
		set_path(&header, &pax, path);
	}
	if (entry->link)
		set_link(&header, &pax, entry->link);
	fill_numbers(&header, &pax, entry, size);
	add_time(&pax, writer, &entry->mtime);
	add_xattrs(&pax, entry);
	if (pax.length && put_pax(writer, entry->path, &pax, err) < 0)
		return -1;
	if (put_header(writer, &header, err) < 0 ||
	    (map.length && put(writer, map.text, map.length, err) < 0))
		return -1;
	writer->missing = size - (int64_t)map.length;
	writer->padding = padding_of(size);
	return writer->missing == 0 ? put_zeroes(writer, writer->padding, err) : 0;
}

int tar_writer_data(struct tar_writer *writer, const void *bytes, size_t length, struct error *err)
{
	assert((int64_t)length <= writer->missing);
	if (!length)
		return 0;
	if (put(writer, bytes, length, err) < 0)
		return -1;
	writer->missing -= (int64_t)length;
	return writer->missing == 0 ? put_zeroes(writer, writer->padding, err) : 0;
}

int tar_writer_finish(struct tar_writer *writer, struct error *err)
{
	assert(writer->missing == 0);
	if (put_zeroes(writer, (size_t)2 * BLOCK, err) < 0)
		return -1;
	return flush(writer, err);
}

/* ---- our own files --------------------------------------------------------------------------- */

int tar_writer_add_bytes(struct tar_writer *writer, const char *path, const void *bytes,
			 size_t length, struct error *err)
{
	struct tar_writer_entry entry = {
		.path = path, .mode = S_IFREG | 0644, .size = (int64_t)length};

	if (tar_writer_begin(writer, &entry, err) < 0)
		return -1;
	return tar_writer_data(writer, bytes, length, err);
}

int tar_writer_add_directory(struct tar_writer *writer, const char *path, struct error *err)
{
	struct tar_writer_entry entry = {.path = path, .mode = S_IFDIR | 0755};

	return tar_writer_begin(writer, &entry, err);
}

int tar_writer_add_file(struct tar_writer *writer, const char *path, int from_fd, int64_t size,
			struct error *err)
{
	struct tar_writer_entry entry = {.path = path, .mode = S_IFREG | 0644, .size = size};
	auto_free char *buffer = alloc_bytes(BUFFER_SIZE);

	if (tar_writer_begin(writer, &entry, err) < 0)
		return -1;
	for (int64_t at = 0; at < size;) {
		size_t left = size - at < (int64_t)BUFFER_SIZE ? (size_t)(size - at) : BUFFER_SIZE;
		ssize_t n = pread(from_fd, buffer, left, at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_errno(err, "cannot read '%s'", path);
		if (n == 0)
			return error_set(err, ERROR_INVALID, "'%s' is shorter than it was", path);
		if (tar_writer_data(writer, buffer, (size_t)n, err) < 0)
			return -1;
		at += n;
	}
	return 0;
}
