/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/tar_writer.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"

#define BLOCK	    512
#define BUFFER_SIZE ((size_t)256 << 10)
#define MOST_OCTAL  ((int64_t)1 << 33) /* 11 digits */

/* POSIX.1-1988, "ustar". */
struct header {
	char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], checksum[8], type;
	char link[100], magic[6], version[2], owner[32], group[32], major[8], minor[8];
	char prefix[155], padding[12];
};

_Static_assert(sizeof(struct header) == BLOCK, "a tar header is one block");

/* Beyond 8 GiB as GNU tar does it: the first bit set, then a big-endian number. */
static void format_size(char field[12], int64_t size)
{
	if (size < MOST_OCTAL) {
		snprintf(field, 12, "%011jo", (uintmax_t)size);
		return;
	}
	field[0] = (char)0x80;
	for (int i = 11; i > 0; i--) {
		field[i] = (char)(size & 0xff);
		size >>= 8;
	}
}

static int write_header(int fd, const char *path, char type, int64_t size, struct error *err)
{
	struct header header = {.type = type, .magic = "ustar", .version = {'0', '0'}};
	unsigned sum = 0;

	assert(strlen(path) <= sizeof(header.name));
	memcpy(header.name, path, strlen(path));
	memcpy(header.mode, type == '5' ? "0000755" : "0000644", 8);
	memcpy(header.uid, "0000000", 8);
	memcpy(header.gid, "0000000", 8);
	memcpy(header.mtime, "00000000000", 12);
	format_size(header.size, size);
	memset(header.checksum, ' ', sizeof(header.checksum));
	for (size_t i = 0; i < sizeof(header); i++)
		sum += ((unsigned char *)&header)[i];
	snprintf(header.checksum, sizeof(header.checksum), "%06o", sum & 0777777);
	return file_write_all(fd, &header, sizeof(header), err);
}

static int write_padding(int fd, int64_t size, struct error *err)
{
	static const char zeroes[BLOCK];
	size_t rest = (size_t)(size % BLOCK);

	return rest ? file_write_all(fd, zeroes, BLOCK - rest, err) : 0;
}

int tar_writer_add_bytes(int fd, const char *path, const void *bytes, size_t length,
			 struct error *err)
{
	if (write_header(fd, path, '0', (int64_t)length, err) < 0 ||
	    file_write_all(fd, bytes, length, err) < 0)
		return -1;
	return write_padding(fd, (int64_t)length, err);
}

int tar_writer_add_directory(int fd, const char *path, struct error *err)
{
	return write_header(fd, path, '5', 0, err);
}

int tar_writer_add_file(int fd, const char *path, int from_fd, int64_t size, struct error *err)
{
	auto_free char *buffer = alloc_bytes(BUFFER_SIZE);

	if (write_header(fd, path, '0', size, err) < 0)
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
		if (file_write_all(fd, buffer, (size_t)n, err) < 0)
			return -1;
		at += n;
	}
	return write_padding(fd, size, err);
}

int tar_writer_finish(int fd, struct error *err)
{
	static const char end[2 * BLOCK];

	return file_write_all(fd, end, sizeof(end), err);
}
