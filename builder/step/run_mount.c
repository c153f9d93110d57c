/* SPDX-License-Identifier: Apache-2.0 */
/* One mount more for the runtime. */
#include "builder/step/run_private.h"

struct spec_mount *run_mount_add(struct step_run *run, const char *target, const char *type)
{
	struct spec_mount *mount;

	run->mounts = arena_grow(&run->arena, run->mounts, run->mount_count, sizeof(*run->mounts));
	mount = &run->mounts[run->mount_count++];
	*mount = (struct spec_mount){.destination = target, .type = type, .source_fd = -1};
	return mount;
}

struct spec_mount *run_mount_add_bind(struct step_run *run, const char *target, bool is_read_only)
{
	auto_strvec struct strvec options = {0};
	struct spec_mount *mount = run_mount_add(run, target, "bind");

	strvec_add(&options, "bind");
	strvec_add(&options, "rprivate");
	if (is_read_only)
		strvec_add(&options, "ro");
	mount->options = strvec_copy(&options, &run->arena);
	return mount;
}

void run_mount_add_file(struct step_run *run, const char *target, const struct spec_file *file)
{
	struct spec_file *copy = arena_alloc(&run->arena, sizeof(*copy));
	struct spec_mount *mount = run_mount_add(run, target, "file");

	*copy = *file;
	mount->file = copy;
	mount->source_is_file = true;
}
