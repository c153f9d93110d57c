/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/bundled.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "cli/archive_progress.h"
#include "engine/engine.h"
#include "storage/bundle/bundle.h"
#include "storage/image/image.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TAR_MAGIC_AT 257

/* A compose file is text: only what cannot be one is looked into. */
static bool may_be_archive(int fd)
{
	unsigned char head[512];
	ssize_t n = pread(fd, head, sizeof(head), 0);

	return n > 4 &&
	       ((n > TAR_MAGIC_AT + 5 && memcmp(head + TAR_MAGIC_AT, "ustar", 5) == 0) ||
		memcmp(head, "\x1f\x8b", 2) == 0 || memcmp(head, "\x28\xb5\x2f\xfd", 4) == 0);
}

/* -1: it is no bundle. */
static int open_bundle(const char *path)
{
	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat status;

	if (fd < 0 || fstat(fd, &status) < 0 || !S_ISREG(status.st_mode) || !may_be_archive(fd))
		return -1;
	return take_fd(&fd);
}

static int load_images(struct invocation *invocation, const struct bundle *bundle,
		       const struct layout *layout, const char *path, struct error *err)
{
	struct image_load load = {.fd = bundle->fd,
				  .path = path,
				  .progress = archive_progress_layer,
				  .data = bundle->data};
	char **loaded;

	if (bundle_has_images(bundle, layout))
		return 0;
	if (lseek(bundle->fd, 0, SEEK_SET) < 0)
		return error_errno(err, "cannot read '%s' from its beginning", path);
	bundle_expect(bundle, &load);
	return image_load(layout, &load, &loaded, invocation->arena, err);
}

void bundled_let_go(struct invocation *invocation)
{
	if (invocation->bundle_fd >= 0)
		close(invocation->bundle_fd);
	invocation->bundle_fd = -1;
}

/* Unpacks the files and sees to it that they stay while this command runs. 1: they are new. */
static int unpack_files(struct invocation *invocation, const struct bundle *bundle,
			const struct layout *layout, struct error *err)
{
	int is_new = 0, result;

	bundled_let_go(invocation);
	do {
		result = bundle_unpack(bundle, layout, err);
		if (result < 0)
			return -1;
		is_new |= result;
		invocation->bundle_fd = bundle_hold(bundle, layout);
	} while (invocation->bundle_fd < 0);
	return is_new;
}

static int unpack(struct invocation *invocation, struct bundle *bundle, const char *path,
		  struct error *err)
{
	const struct globals *globals = invocation->globals;
	struct archive_progress progress;
	struct engine engine;
	int is_new, result;

	if (engine_open(&engine, globals->root, globals->run, err) < 0)
		return -1;
	archive_progress_begin(&progress, invocation, path, bundle->fd);
	bundle->tick = archive_progress_tick;
	bundle->data = &progress;
	is_new = unpack_files(invocation, bundle, &engine.layout, err);
	result = is_new < 0 ? -1 : load_images(invocation, bundle, &engine.layout, path, err);
	archive_progress_end_reading(&progress, result < 0);
	if (result < 0 && is_new > 0) {
		bundled_let_go(invocation);
		bundle_forget(bundle, &engine.layout);
	}
	engine_close(&engine);
	return result;
}

static void replace_first(struct project_request *request, const char *file, struct arena *arena)
{
	size_t count = 0;
	char **files;

	while (request->files[count])
		count++;
	files = arena_array(arena, count + 1, sizeof(*files));
	memcpy(files, request->files, count * sizeof(*files));
	files[0] = arena_string(arena, file);
	request->files = files;
}

static int use_bundle(struct invocation *invocation, struct bundle *bundle,
		      struct project_request *request, struct error *err)
{
	unsigned needs = invocation->command->needs;
	const char *place = bundle_place(bundle, invocation->globals->root, invocation->arena);
	bool makes = needs & NEEDS_FILE && needs & NEEDS_LOCK && !invocation->globals->dry_run;

	if (request->files[1] || makes) {
		if (unpack(invocation, bundle, request->files[0], err) < 0)
			return -1;
		replace_first(request, arena_format(invocation->arena, "%s/" BUNDLE_COMPOSE, place),
			      invocation->arena);
		return 0;
	}
	request->text = bundle->compose;
	if (!request->directory)
		request->directory = place;
	return 0;
}

int bundled_resolve(struct invocation *invocation, struct project_request *request,
		    struct error *err)
{
	const char *key = invocation->globals->verify;
	const char *path = request->files && !request->text ? request->files[0] : NULL;
	auto_close int fd = path ? open_bundle(path) : -1;
	struct bundle bundle;
	int found = fd < 0 ? 0 : bundle_open(&bundle, fd, key, invocation->arena, err);

	if (found < 0 || (found > 0 && use_bundle(invocation, &bundle, request, err) < 0))
		return error_wrap(err, "the bundle '%s' is refused", path);
	if (found == 0 && key)
		return error_set(err, ERROR_INVALID,
				 "--verify is about bundles, and '%s' is none: name one with -f",
				 path ? path : "the compose file");
	return 0;
}

int bundled_load(struct invocation *invocation, struct image_load *load, const char *key,
		 char ***loaded, struct error *err)
{
	struct bundle bundle;
	int found;

	if (key) {
		found = load->fd < 0 || lseek(load->fd, 0, SEEK_SET) < 0
				? 0
				: bundle_open(&bundle, load->fd, key, invocation->arena, err);
		if (found < 0)
			return error_wrap(err, "'%s' is refused",
					  load->path ? load->path : "the archive");
		if (found == 0)
			return error_set(err, ERROR_DENIED,
					 "'%s' is no bundle in a file, so nothing in it is signed",
					 load->path ? load->path : "the archive");
		if (lseek(load->fd, 0, SEEK_SET) < 0)
			return error_errno(err, "cannot read it from its beginning");
		bundle_expect(&bundle, load);
	}
	return image_load(&invocation->engine->layout, load, loaded, invocation->arena, err);
}
