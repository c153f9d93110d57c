/* SPDX-License-Identifier: Apache-2.0 */
/* What the files that an instruction takes are, as one digest. */
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/digest.h"
#include "base/error.h"
#include "builder/source/source_private.h"
#include "storage/archive/layer_diff_entry.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#define CHUNK ((size_t)64 << 10)

struct reading {
	const struct source *source;
	struct digest digest;
	char *buffer; /* CHUNK bytes */
};

static bool goes_on(const struct source *source, struct error *err)
{
	return !source->goes_on || source->goes_on(source->data, err) == 0;
}

/* A file that is changed while it is read is read again next time. */
static int hash_content(const struct reading *reading, const struct source_entry *entry,
			char hex[DIGEST_HEX_SIZE], bool *is_settled, struct error *err)
{
	struct digest digest;
	struct stat after;
	ssize_t length;
	int64_t left = entry->status.st_size;
	auto_close int fd = source_open_file(entry, err);

	if (fd < 0)
		return -1;
	digest_init(&digest);
	/* A file that somebody goes on writing to has an end all the same. */
	while (left > 0 && (length = read(fd, reading->buffer, CHUNK)) != 0) {
		if (length < 0)
			return error_errno(err, "cannot read '%s'", entry->path);
		length = length > left ? (ssize_t)left : length;
		digest_add(&digest, reading->buffer, (size_t)length);
		left -= length;
		if (!goes_on(reading->source, err))
			return -1;
	}
	if (fstat(fd, &after) < 0)
		return error_errno(err, "cannot read '%s'", entry->path);
	*is_settled = after.st_size == entry->status.st_size &&
		      memcmp(&after.st_mtim, &entry->status.st_mtim, sizeof(after.st_mtim)) == 0 &&
		      memcmp(&after.st_ctim, &entry->status.st_ctim, sizeof(after.st_ctim)) == 0;
	digest_finish(&digest, hex);
	return 0;
}

static int find_content(struct reading *reading, const struct source_entry *entry,
			char hex[DIGEST_HEX_SIZE], struct error *err)
{
	bool is_settled = false;

	if (source_index_find(reading->source->index, &entry->status, hex))
		return 0;
	if (hash_content(reading, entry, hex, &is_settled, err) < 0)
		return -1;
	if (is_settled)
		source_index_add(reading->source->index, &entry->status, hex);
	return 0;
}

static void add_text(struct digest *digest, const char *text)
{
	digest_add(digest, text, strlen(text) + 1);
}

static int add_xattrs(struct reading *reading, const struct source_entry *entry, struct error *err)
{
	struct layer_diff_xattrs xattrs = {0};
	auto_close int fd = openat(entry->parent_fd, entry->name, O_PATH | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return error_errno(err, "cannot open '%s'", entry->path);
	if (layer_diff_entry_xattrs(&xattrs, fd, false, err) < 0)
		return -1;
	for (size_t i = 0; i < xattrs.count; i++) {
		const struct tar_writer_xattr *xattr = &xattrs.items[i];
		char header[32];

		snprintf(header, sizeof(header), "x%zu:", xattr->length);
		digest_add(&reading->digest, header, strlen(header));
		add_text(&reading->digest, xattr->name);
		digest_add(&reading->digest, xattr->value, xattr->length);
	}
	layer_diff_entry_release(&xattrs);
	return 0;
}

/* Of fixed size; the texts behind it have an end that cannot be in them: no two trees look alike.
 */
struct header {
	uint64_t kind, mode, uid, gid, device;
};

static int add_entry(const struct source_entry *entry, void *data, struct error *err)
{
	struct reading *reading = data;
	const struct stat *status = &entry->status;
	bool keeps_owner = !reading->source->has_lost_xattrs;
	char content[DIGEST_HEX_SIZE] = "";
	struct header header = {
		.kind = entry->kind,
		.mode = status->st_mode,
		.uid = keeps_owner ? status->st_uid : 0,
		.gid = keeps_owner ? status->st_gid : 0,
		.device =
			S_ISCHR(status->st_mode) || S_ISBLK(status->st_mode) ? status->st_rdev : 0,
	};

	if (S_ISREG(status->st_mode) && find_content(reading, entry, content, err) < 0)
		return -1;
	digest_add(&reading->digest, &header, sizeof(header));
	add_text(&reading->digest, entry->relative);
	add_text(&reading->digest, entry->link ? entry->link : content);
	return keeps_owner ? add_xattrs(reading, entry, err) : 0;
}

int source_digest(const struct source *source, const struct source_select *select,
		  char hex[DIGEST_HEX_SIZE], struct error *err)
{
	struct reading reading = {.source = source};
	auto_free char *buffer = alloc_bytes(CHUNK);

	reading.buffer = buffer;
	digest_init(&reading.digest);
	if (source_walk(source, select, add_entry, &reading, err) < 0)
		return -1;
	digest_finish(&reading.digest, hex);
	return 0;
}
