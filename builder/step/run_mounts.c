/* SPDX-License-Identifier: Apache-2.0 */
/* --mount of RUN: a table from the kinds of mounts to what the runtime is told. */
#include "builder/step/run_private.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int add_tmpfs(struct step_run *run, const struct run_mount *wanted, struct error *err)
{
	static const char *const usual[] = {"nosuid", "nodev", NULL};
	struct spec_mount *mount = run_mount_add(run, wanted->mount.target, "tmpfs");
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
		run_mount_add_file(
			run,
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

static int (*const adders[])(struct step_run *run, const struct run_mount *wanted,
			     struct error *err) = {
	[DOCKERFILE_MOUNT_BIND] = run_bind_add, [DOCKERFILE_MOUNT_CACHE] = run_cache_add,
	[DOCKERFILE_MOUNT_TMPFS] = add_tmpfs,	[DOCKERFILE_MOUNT_SECRET] = add_secret,
	[DOCKERFILE_MOUNT_SSH] = run_ssh_add,
};

static void add_heredocs(struct step_run *run)
{
	for (size_t i = 0; i < run->request->file_count; i++) {
		const struct pair *file = &run->request->files[i];

		run_mount_add_file(run, arena_format(&run->arena, "/dev/pipes/%s", file->name),
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
	if (run_caches_open(run, err) < 0)
		return -1;
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
	run_caches_release(run);
	run_ssh_release(run);
	if (run->directory_fd >= 0)
		file_remove_tree(run->directory_fd, RUN_MOUNTS, NULL);
}
