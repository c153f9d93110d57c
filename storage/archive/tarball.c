/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/archive/tarball.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/units.h"

#define MEMORY_LIMIT ((rlim_t)192 << 20) /* zstd may want 128 MiB of it */

static ssize_t pull(struct archive *archive, void *data, const void **chunk)
{
	struct tarball_reader *reader = data;
	ssize_t n = reader->source(reader->data, chunk, reader->source_error);

	if (n < 0) {
		reader->source_failed = true;
		archive_set_error(archive, EIO, "cannot read");
		return ARCHIVE_FATAL;
	}
	reader->is_drained = n == 0;
	return n;
}

/* libarchive's text, unless the source already told what is wrong. */
static int fail(struct tarball_reader *reader, struct error *err)
{
	const char *text = archive_error_string(reader->archive);

	if (reader->source_failed)
		return -1;
	return error_set(err, ERROR_INVALID, "not a sound tar archive: %s",
			 text ? text : "unknown reason");
}

/* Data and stack pages that this process has now: statm field 6, proc(5). */
static rlim_t used_memory(void)
{
	auto_close int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
	char text[128];
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	char *at = text;

	if (n <= 0)
		return 0;
	text[n] = '\0';
	for (int field = 1; at && field < 6; field++)
		at = strchr(at + 1, ' ');
	return at ? (rlim_t)strtoull(at, NULL, 10) * (rlim_t)sysconf(_SC_PAGESIZE) : 0;
}

static void limit_memory(struct tarball_reader *reader)
{
	rlim_t used = used_memory();
	struct rlimit limit;

	if (getrlimit(RLIMIT_DATA, &reader->memory) < 0 || used == 0)
		return;
	limit = reader->memory;
	if (limit.rlim_cur > used + MEMORY_LIMIT)
		limit.rlim_cur = used + MEMORY_LIMIT;
	setrlimit(RLIMIT_DATA, &limit);
}

int tarball_open(struct tarball_reader *reader, tarball_source *source, void *data,
		 struct error *err)
{
	*reader = (struct tarball_reader){.source = source, .data = data, .source_error = err};
	limit_memory(reader);
	reader->archive = archive_read_new();
	reader->entry = archive_entry_new();
	if (archive_read_support_format_tar(reader->archive) != ARCHIVE_OK ||
	    archive_read_support_format_empty(reader->archive) != ARCHIVE_OK ||
	    archive_read_open(reader->archive, reader, NULL, pull, NULL) != ARCHIVE_OK) {
		fail(reader, err);
		tarball_close(reader);
		return -1;
	}
	return 0;
}

void tarball_close(struct tarball_reader *reader)
{
	if (!reader->archive)
		return;
	setrlimit(RLIMIT_DATA, &reader->memory);
	archive_read_free(reader->archive);
	archive_entry_free(reader->entry);
	*reader = (struct tarball_reader){0};
}

/* A warning may be about a name that is not UTF-8: the bytes are there as they were. Or about a PAX
 * header that was passed over, and then the entry is not what it was meant to be. A header with a
 * wrong checksum (ARCHIVE_RETRY) would be passed over as well. */
static bool is_sound(struct tarball_reader *reader, int result)
{
	const char *text = archive_error_string(reader->archive);

	return result == ARCHIVE_OK ||
	       (result == ARCHIVE_WARN && !(text && strncmp(text, "Ignoring malformed", 18) == 0));
}

/* libarchive 3.6 adds the fraction of a PAX time before 1970 instead of subtracting it. */
static struct timespec get_time(struct archive_entry *from)
{
	struct timespec time = {archive_entry_mtime(from), archive_entry_mtime_nsec(from)};

	if (time.tv_sec < 0 && time.tv_nsec > 0)
		time = (struct timespec){time.tv_sec - 1, SECOND - time.tv_nsec};
	return time;
}

int tarball_next(struct tarball_reader *reader, struct tarball_entry *entry, struct error *err)
{
	struct archive_entry *from = reader->entry;
	int result;

	reader->source_error = err;
	archive_clear_error(reader->archive);
	result = archive_read_next_header2(reader->archive, from);
	if (result == ARCHIVE_EOF)
		return reader->source_failed ? -1 : 0;
	if (reader->source_failed || !is_sound(reader, result))
		return fail(reader, err);
	*entry = (struct tarball_entry){
		.path = archive_entry_pathname(from),
		.hardlink = archive_entry_hardlink(from),
		.symlink = archive_entry_symlink(from),
		.type = archive_entry_filetype(from),
		.mode = archive_entry_perm(from) & 07777,
		.uid = (uid_t)archive_entry_uid(from),
		.gid = (gid_t)archive_entry_gid(from),
		.size = archive_entry_size(from),
		.device = makedev((unsigned)archive_entry_rdevmajor(from),
				  (unsigned)archive_entry_rdevminor(from)),
		.mtime = get_time(from),
	};
	if (!entry->path)
		return error_set(err, ERROR_INVALID, "an archive entry has no name");
	if (archive_entry_uid(from) < 0 || archive_entry_uid(from) >= UINT32_MAX ||
	    archive_entry_gid(from) < 0 || archive_entry_gid(from) >= UINT32_MAX)
		return error_set(err, ERROR_INVALID, "'%.300s': the owner is not a 32-bit number",
				 entry->path);
	archive_entry_xattr_reset(from);
	return 1;
}

ssize_t tarball_data(struct tarball_reader *reader, const void **chunk, int64_t *offset,
		     struct error *err)
{
	size_t length = 0;
	int result;

	reader->source_error = err;
	do {
		la_int64_t at = 0;

		result = archive_read_data_block(reader->archive, chunk, &length, &at);
		*offset = at;
	} while (result == ARCHIVE_RETRY || (result == ARCHIVE_OK && length == 0));
	if (result == ARCHIVE_EOF)
		return 0;
	if (result != ARCHIVE_OK && result != ARCHIVE_WARN)
		return fail(reader, err);
	return (ssize_t)length;
}

bool tarball_xattr(struct tarball_reader *reader, const char **name, const void **value,
		   size_t *length)
{
	return archive_entry_xattr_next(reader->entry, name, value, length) == ARCHIVE_OK && *name;
}

int tarball_drain(struct tarball_reader *reader, struct error *err)
{
	const void *chunk;
	ssize_t n = 1;

	while (!reader->is_drained && n > 0)
		n = reader->source(reader->data, &chunk, err);
	reader->is_drained = n == 0;
	return n < 0 ? -1 : 0;
}
