/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/logs/log_tail.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "engine/logs/log_format.h"

/* Larger than any record of ours; a longer line is passed over. */
#define BLOCK_SIZE ((size_t)256 * 1024)
/* The beginning of a line is looked for no further before the first line that is whole. */
#define LONGEST_LOOK_BACK ((uint64_t)1 << 20)

struct walk {
	int64_t left;		      /* lines still wanted */
	uint64_t looked_back;	      /* bytes, since there is none left */
	bool is_in[LOG_STREAM_COUNT]; /* records of the stream are wanted, up to the line's begin */
	bool is_done[LOG_STREAM_COUNT];
	size_t skip[LOG_STREAM_COUNT];
	struct log_tail found;
	int fd; /* the file that is looked at */
	char *block, *text;
	struct log_decoder decoder;
};

static void include(struct walk *walk, uint64_t offset)
{
	if (walk->found.fd != walk->fd)
		cleanup_close(&walk->found.fd);
	walk->found.fd = walk->fd;
	walk->found.offset = offset;
	memcpy(walk->found.skip, walk->skip, sizeof(walk->skip));
}

/* One record further back. */
static void take_record(struct walk *walk, const struct log_record *record, uint64_t offset)
{
	enum log_stream stream = record->stream;
	bool ends = record->length > 0 && record->text[record->length - 1] == '\n';
	bool begins_line = ends || !walk->is_in[stream]; /* as seen from behind */

	if (begins_line && walk->left == 0)
		walk->is_done[stream] = true;
	if (walk->is_done[stream]) {
		walk->skip[stream]++;
		return;
	}
	walk->left -= begins_line;
	walk->is_in[stream] = true;
	include(walk, offset);
}

static bool is_over(const struct walk *walk)
{
	if (walk->left > 0)
		return false;
	for (int i = 0; i < LOG_STREAM_COUNT; i++)
		if (walk->is_in[i] && !walk->is_done[i])
			return walk->looked_back > LONGEST_LOOK_BACK;
	return true;
}

/* The lines of the first @length bytes of the block, which stands at @base in the file, from the
 * last to the first. Returns how many bytes are left: those of a line that begins before. */
static size_t take_block(struct walk *walk, uint64_t base, size_t length)
{
	while (length > 0 && !is_over(walk)) {
		const char *before = memrchr(walk->block, '\n', length - 1);
		const char *line = before ? before + 1 : walk->block;
		size_t size = (size_t)(walk->block + length - line);
		struct log_record record;

		if (!before && base > 0)
			return length;
		if (log_format_decode(&walk->decoder, line, size - 1, walk->text, &record))
			take_record(walk, &record, base + (size_t)(line - walk->block));
		if (walk->left == 0)
			walk->looked_back += size;
		length -= size;
	}
	return 0;
}

static int read_block(const struct walk *walk, uint64_t base, size_t *size, const char *name,
		      struct error *err)
{
	ssize_t n = pread(walk->fd, walk->block, *size, (off_t)base);
	const char *newline;

	if (n < 0)
		return error_errno(err, "cannot read the log file '%s'", name);
	/* Truncated meanwhile, torn by a kill, or the beginning of a line that is too long. */
	newline = memrchr(walk->block, '\n', (size_t)n);
	*size = newline ? (size_t)(newline + 1 - walk->block) : 0;
	return 0;
}

static int take_file(struct walk *walk, const char *name, struct error *err)
{
	struct stat status;
	uint64_t end;

	if (fstat(walk->fd, &status) < 0)
		return error_errno(err, "cannot read the log file '%s'", name);
	end = (uint64_t)status.st_size;
	while (end > 0 && (walk->found.fd < 0 || !is_over(walk))) {
		size_t size = end < BLOCK_SIZE ? (size_t)end : BLOCK_SIZE, left;
		uint64_t base = end - size;

		if (read_block(walk, base, &size, name, err) < 0)
			return -1;
		if (walk->found.fd < 0 && size > 0)
			include(walk, base + size);
		left = take_block(walk, base, size);
		end = left < size || size < BLOCK_SIZE ? base + left : base;
	}
	return 0;
}

/* @fd is the walk's from here on. */
static int take_one(struct walk *walk, int fd, const char *name, struct error *err)
{
	int result;

	walk->fd = fd;
	result = take_file(walk, name, err);
	if (result == 0 && walk->found.fd < 0)
		include(walk, 0);
	if (walk->found.fd != fd)
		close(fd);
	return result;
}

static int take_files(struct walk *walk, const struct log_files *files, struct error *err)
{
	enum log_files_which which = LOG_FILES_NEWEST;
	struct stat status = {0};

	do {
		int fd, found = log_files_open(files, which, status.st_ino, &fd, err);

		if (found <= 0)
			return found;
		fstat(fd, &status);
		if (take_one(walk, fd, files->name, err) < 0)
			return -1;
		which = LOG_FILES_OLDER;
	} while (!is_over(walk));
	return 0;
}

int log_tail_find(struct log_tail *tail, const struct log_files *files, int64_t lines,
		  struct error *err)
{
	struct walk walk = {.left = lines, .found.fd = -1, .fd = -1};
	int result;

	walk.block = alloc_bytes(BLOCK_SIZE);
	walk.text = alloc_bytes(BLOCK_SIZE);
	result = take_files(&walk, files, err);
	free(walk.block);
	free(walk.text);
	if (result < 0) {
		cleanup_close(&walk.found.fd);
		return -1;
	}
	*tail = walk.found;
	return tail->fd >= 0;
}
