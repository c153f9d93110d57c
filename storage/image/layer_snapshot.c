/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/image/layer_snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/json.h"
#include "storage/archive/layer_diff.h"
#include "storage/archive/tar_writer.h"
#include "storage/archive/tree.h"
#include "storage/image/layer_record.h"
#include "storage/image/layer_settle.h"
#include "storage/image/layer_store.h"
#include "storage/image/manifest.h"
#include "storage/overlay_stack.h"
#include "storage/store_lock.h"

static int hash(void *data, const void *bytes, size_t length, struct error *err)
{
	(void)err;
	digest_add(data, bytes, length);
	return 0;
}

/* Is the root directory itself another one than below? Only then it is part of the layer. */
static int has_own_root(const struct layer_snapshot *snapshot, int upper_fd, struct error *err)
{
	struct stat upper, lower = {.st_mode = S_IFDIR | 0755};
	auto_close int fd = -1;

	if (snapshot->parent_chain) {
		fd = overlay_stack_open_layer(snapshot->staging->layout, snapshot->parent_chain,
					      err);
		if (fd < 0)
			return -1;
	}
	if ((fd >= 0 && fstat(fd, &lower) < 0) || fstat(upper_fd, &upper) < 0)
		return error_errno(err, "cannot read the root directory of the layer");
	return lower.st_mode != upper.st_mode || lower.st_uid != upper.st_uid ||
	       lower.st_gid != upper.st_gid;
}

/* The digest of the tar that the tree stands for, which nobody writes now. */
static int measure(struct layer_snapshot *snapshot, struct layer_record *record, int upper_fd,
		   struct error *err)
{
	auto_tar_writer struct tar_writer tar;
	struct layer_diff diff = {
		.fd = upper_fd,
		.is_upper = true,
		.is_repeatable = true,
		.is_settled = true,
		.latest = snapshot->latest,
		.since = snapshot->since,
	};
	struct digest plain;
	int has_root = has_own_root(snapshot, upper_fd, err);

	if (has_root < 0)
		return -1;
	digest_init(&plain);
	tar_writer_init(&tar, hash, &plain);
	tar.has_exact_times = true;
	record->has_root = diff.has_root = has_root;
	if (layer_diff_write(&diff, &tar, err) < 0 || tar_writer_finish(&tar, err) < 0)
		return -1;
	digest_finish(&plain, snapshot->diff_id);
	manifest_chain(snapshot->chain_id, snapshot->parent_chain, snapshot->diff_id);
	record->size = snapshot->size = diff.bytes;
	record->entries = diff.entries;
	record->diff_id = snapshot->diff_id;
	record->parent = snapshot->parent_chain;
	return 0;
}

/* A directory in staging as layers have it: diff/ and the record. */
static int stage(const struct layer_snapshot *snapshot, const struct layer_record *record,
		 char name[96], struct error *err)
{
	int staging_fd = snapshot->staging->fd;
	char upper[320];
	auto_close int fd = -1;

	snprintf(name, 96, "layer-%.64s", snapshot->chain_id);
	snprintf(upper, sizeof(upper), "%.300s/upper", snapshot->directory);
	if (mkdirat(staging_fd, name, 0700) < 0)
		return error_errno(err, "cannot create the layer's directory");
	fd = openat(staging_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || renameat(staging_fd, upper, fd, "diff") < 0)
		return error_errno(err, "cannot make a layer of '%s'", upper);
	if (layer_record_save(fd, "layer.json", record, err) < 0)
		return -1;
	return layer_settle_mark(fd, err);
}

static int place(struct layer_snapshot *snapshot, const struct layer_record *record,
		 struct error *err)
{
	const struct layout *layout = snapshot->staging->layout;
	auto_close int lock = store_lock_share(layout, err);
	char name[96];

	if (lock < 0)
		return -1;
	if (!layer_store_has(layout, snapshot->chain_id) &&
	    (stage(snapshot, record, name, err) < 0 ||
	     layer_store_place(snapshot->staging, name, snapshot->chain_id, err) < 0))
		return -1;
	snapshot->store_lock_fd = take_fd(&lock);
	return 0;
}

static int open_upper(const struct layer_snapshot *snapshot, struct error *err)
{
	char path[320];
	int fd;

	snprintf(path, sizeof(path), "%.300s/upper", snapshot->directory);
	fd = openat(snapshot->staging->fd, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? error_errno(err, "cannot open '%s'", path) : fd;
}

int layer_snapshot_commit(struct layer_snapshot *snapshot, struct error *err)
{
	const struct layout *layout = snapshot->staging->layout;
	auto_close int upper = open_upper(snapshot, err);
	struct layer_record record = {.is_snapshot = true};
	int chain_lock, result;

	snapshot->store_lock_fd = -1;
	if (upper < 0 || measure(snapshot, &record, upper, err) < 0)
		return -1;
	chain_lock = staging_lock_chain(layout, snapshot->chain_id, err);
	if (chain_lock < 0)
		return -1;
	result = place(snapshot, &record, err);
	staging_unlock_chain(layout, snapshot->chain_id, chain_lock);
	return result;
}

int layer_snapshot_copy(const struct layer_snapshot *snapshot, const char *chain_id,
			struct error *err)
{
	int staging_fd = snapshot->staging->fd;
	auto_close int from = overlay_stack_open_layer(snapshot->staging->layout, chain_id, err);
	auto_close int upper = -1;
	char path[320];

	if (from < 0)
		return -1;
	snprintf(path, sizeof(path), "%.300s/upper", snapshot->directory);
	if (mkdirat(staging_fd, snapshot->directory, 0700) < 0 ||
	    mkdirat(staging_fd, path, 0700) < 0)
		return error_errno(err, "cannot create '%s'", path);
	upper = open_upper(snapshot, err);
	return upper < 0 ? -1 : tree_copy_layer(from, upper, err);
}
