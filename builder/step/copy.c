/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/step/copy.h"
#include "builder/step/copy_private.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/path.h"

#include <string.h>

/* Hard links are kept among what one source brings. */
static void forget_links(struct copying *copying)
{
	map_each (entry, &copying->linked)
		free(entry->value);
	map_release(&copying->linked);
	copying->linked = (struct map){0};
}

static const char *base_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static int place_child(struct copying *copying, const struct source_entry *entry, struct error *err)
{
	struct copy_target target = {0};

	target.dirfd = copy_level_find(copying, entry, &target.name, err);
	if (target.dirfd < 0)
		return -1;
	copy_target_describe(copying, &entry->status, &target);
	return S_ISDIR(target.mode) ? copy_level_enter(copying, entry, &target, err)
				    : copy_file_put(copying, entry, &target, err);
}

/* The contents of a directory: the destination itself gets its time alone. */
static int place_directory(struct copying *copying, const struct source_entry *entry,
			   struct error *err)
{
	struct copy_target target = {0};
	int fd;

	forget_links(copying);
	if (copy_level_end(copying, err) < 0)
		return -1;
	copy_target_describe(copying, &entry->status, &target);
	fd = copy_destination_directory(copying, copy_chmod_parent(copying->request->chmod), err);
	if (fd < 0)
		return -1;
	copy_level_begin(copying, fd, &target.mtime);
	return 0;
}

static int place_file(struct copying *copying, const struct source_entry *entry, struct error *err)
{
	struct copy_target target = {0};
	auto_free char *name = NULL;
	auto_close int fd = -1;

	if (copy_level_end(copying, err) < 0)
		return -1;
	if (copying->request->unpacks && S_ISREG(entry->status.st_mode)) {
		int unpacked = copy_unpack_try(copying, entry, err);

		if (unpacked != 0)
			return unpacked < 0 ? -1 : 0;
	}
	fd = copy_destination_file(copying, base_of(entry->relative), &name, err);
	if (fd < 0)
		return -1;
	target.dirfd = fd;
	target.name = name;
	copy_target_describe(copying, &entry->status, &target);
	return copy_file_put(copying, entry, &target, err);
}

static int visit(const struct source_entry *entry, void *data, struct error *err)
{
	struct copying *copying = data;

	switch (entry->kind) {
	case SOURCE_ENTRY_DIRECTORY:
		return place_directory(copying, entry, err);
	case SOURCE_ENTRY_CHILD:
		return place_child(copying, entry, err);
	case SOURCE_ENTRY_FILE:
		break;
	}
	return place_file(copying, entry, err);
}

static int place_inline(const struct copying *copying, const struct copy_inline *document,
			struct error *err)
{
	struct stat status = {.st_mode = S_IFREG | 0644};
	struct copy_target target = {0};
	auto_free char *name = NULL;
	auto_close int fd = -1;

	clock_gettime(CLOCK_REALTIME, &status.st_mtim);
	fd = copy_destination_file(copying, base_of(document->name), &name, err);
	if (fd < 0)
		return -1;
	target.dirfd = fd;
	target.name = name;
	copy_target_describe(copying, &status, &target);
	/* Whatever the source is: a document is root's. */
	if (!copying->request->owner.is_set)
		target.uid = target.gid = 0;
	return copy_file_put_inline(copying, document, &target, err);
}

static int run(struct copying *copying, struct error *err)
{
	const struct copy_request *request = copying->request;

	if (request->source &&
	    source_walk(request->source, request->select, visit, copying, err) < 0)
		return -1;
	if (copy_level_end(copying, err) < 0)
		return -1;
	for (size_t i = 0; i < request->inline_count; i++)
		if (place_inline(copying, &request->inlines[i], err) < 0)
			return -1;
	return 0;
}

static bool ends_in_directory(const char *path)
{
	const char *last = base_of(path);

	return !*last || strcmp(last, ".") == 0;
}

int copy_run(struct copy_request *request, struct error *err)
{
	struct error local = {0};
	struct copying copying = {
		.request = request,
		.ends_in_directory = ends_in_directory(request->destination),
		.destination = path_join("/", request->destination),
		.buffer = alloc_bytes(COPY_BUFFER_SIZE),
	};
	mode_t mask = umask(0);
	int result;

	request->has_changed = false;
	result = run(&copying, err ? err : &local);
	copy_level_end(&copying, NULL);
	umask(mask);
	forget_links(&copying);
	strbuf_release(&copying.path);
	free(copying.levels);
	free(copying.buffer);
	free(copying.destination);
	return result;
}
