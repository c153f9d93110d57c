/* SPDX-License-Identifier: Apache-2.0 */
/* --mount of RUN: a table from the kinds of mounts to what the runtime is told. */
#include "builder/step/run_private.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/path.h"
#include "storage/overlay.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct spec_mount *add(struct step_run *run, const char *target, const char *type)
{
	struct spec_mount *mount;

	run->mounts = arena_grow(&run->arena, run->mounts, run->mount_count, sizeof(*run->mounts));
	mount = &run->mounts[run->mount_count++];
	*mount = (struct spec_mount){.destination = target, .type = type, .source_fd = -1};
	return mount;
}

static void add_file(struct step_run *run, const char *target, const struct spec_file *file)
{
	struct spec_file *copy = arena_alloc(&run->arena, sizeof(*copy));
	struct spec_mount *mount = add(run, target, "file");

	*copy = *file;
	mount->file = copy;
	mount->source_is_file = true;
}

static char **options_of(struct step_run *run, const char *const *words)
{
	auto_strvec struct strvec options = {0};

	for (; *words; words++)
		strvec_add(&options, *words);
	return strvec_copy(&options, &run->arena);
}

/* Layers as a tree to be bound. */
static int open_layers(struct step_run *run, const struct run_mount *wanted, struct error *err)
{
	struct overlay_request overlay = {
		.chain_ids = wanted->chain_ids,
		.layer_count = wanted->layer_count,
		.container_fd = -1,
	};

	return overlay_mount(&run->request->engine->layout, &overlay, err);
}

static int open_source(struct step_run *run, const struct run_mount *wanted, struct error *err)
{
	int fd;

	if (wanted->fd < 0)
		return open_layers(run, wanted, err);
	fd = fcntl(wanted->fd, F_DUPFD_CLOEXEC, 3);
	return fd < 0 ? error_errno(err, "cannot keep a directory open") : fd;
}

/* Is what is mounted a file? ENOENT when it is not there. */
static int examine_source(struct spec_mount *mount, struct error *err)
{
	auto_close int fd = -1;
	struct stat status;

	fd = path_open(mount->source_fd, mount->subpath ? mount->subpath : "/", PATH_IN_ROOT,
		       O_PATH, err);
	if (fd < 0)
		return -1;
	if (fstat(fd, &status) < 0)
		return error_errno(err, "cannot examine the source");
	mount->source_is_file = !S_ISDIR(status.st_mode);
	return 0;
}

static int add_bind(struct step_run *run, const struct run_mount *wanted, struct error *err)
{
	static const char *const readonly[] = {"bind", "rprivate", "ro", NULL};
	struct spec_mount *mount = add(run, wanted->mount.target, "bind");

	if (wanted->mount.is_writable)
		return error_set(err, ERROR_UNSUPPORTED, "writable binds are not possible yet");
	mount->source_fd = open_source(run, wanted, err);
	mount->subpath =
		wanted->mount.source && *wanted->mount.source ? wanted->mount.source : NULL;
	mount->options = options_of(run, readonly);
	if (mount->source_fd < 0)
		return -1;
	return examine_source(mount, err);
}

static int add_tmpfs(struct step_run *run, const struct run_mount *wanted, struct error *err)
{
	static const char *const usual[] = {"nosuid", "nodev", NULL};
	struct spec_mount *mount = add(run, wanted->mount.target, "tmpfs");
	auto_strvec struct strvec options = {0};

	(void)err;
	for (const char *const *word = usual; *word; word++)
		strvec_add(&options, *word);
	if (wanted->mount.size > 0)
		strvec_addf(&options, "size=%lld", (long long)wanted->mount.size);
	mount->source = "tmpfs";
	mount->options = strvec_copy(&options, &run->arena);
	return 0;
}

static int add_secret(struct step_run *run, const struct run_mount *wanted, struct error *err)
{
	const struct dockerfile_mount *mount = &wanted->mount;

	(void)err;
	if (!wanted->content)
		return 0;
	if (mount->env) {
		auto_free char *entry =
			alloc_format("%s=%.*s", mount->env, (int)wanted->length, wanted->content);

		strvec_setenv(&run->env, entry);
	}
	if (mount->target || !mount->env)
		add_file(run,
			 mount->target ? mount->target
				       : arena_format(&run->arena, "/run/secrets/%s", mount->id),
			 &(struct spec_file){
				 .content = wanted->content,
				 .length = wanted->length,
				 .mode = mount->has_mode ? mount->mode & 07777 : 0400,
				 .uid = mount->uid,
				 .gid = mount->gid,
			 });
	return 0;
}

static int refuse(struct step_run *run, const struct run_mount *wanted, struct error *err)
{
	(void)run;
	(void)wanted;
	return error_set(err, ERROR_UNSUPPORTED, "this kind of mount is not possible yet");
}

static int (*const adders[])(struct step_run *run, const struct run_mount *wanted,
			     struct error *err) = {
	[DOCKERFILE_MOUNT_BIND] = add_bind,   [DOCKERFILE_MOUNT_CACHE] = refuse,
	[DOCKERFILE_MOUNT_TMPFS] = add_tmpfs, [DOCKERFILE_MOUNT_SECRET] = add_secret,
	[DOCKERFILE_MOUNT_SSH] = refuse,
};

static void add_heredocs(struct step_run *run)
{
	for (size_t i = 0; i < run->request->file_count; i++) {
		const struct pair *file = &run->request->files[i];

		add_file(run, arena_format(&run->arena, "/dev/pipes/%s", file->name),
			 &(struct spec_file){
				 .content = file->value,
				 .length = strlen(file->value),
				 .mode = 0755,
			 });
	}
}

/* As they lie over each other: what is outside comes first. */
static int by_target(const void *a, const void *b)
{
	const struct spec_mount *left = a, *right = b;

	return strcmp(left->destination, right->destination);
}

int run_mounts_prepare(struct step_run *run, struct error *err)
{
	for (size_t i = 0; i < run->request->mount_count; i++) {
		const struct run_mount *wanted = &run->request->mounts[i];

		if (adders[wanted->mount.type](run, wanted, err) < 0)
			return error_wrap(err, "cannot mount '%s'",
					  wanted->mount.target ? wanted->mount.target
							       : wanted->mount.id);
	}
	add_heredocs(run);
	if (run->mount_count > 1)
		qsort(run->mounts, run->mount_count, sizeof(*run->mounts), by_target);
	return 0;
}

void run_mounts_release(struct step_run *run)
{
	for (size_t i = 0; i < run->mount_count; i++)
		cleanup_close(&run->mounts[i].source_fd);
}
