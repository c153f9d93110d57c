/* SPDX-License-Identifier: Apache-2.0 */
/* What is mounted: -v, --mount, --tmpfs, --volumes-from. */
#include "cli/request/request_private.h"

#include "base/cleanup.h"
#include "base/path.h"
#include "engine/mount_text.h"

#include <unistd.h>

static struct container_mount *add(struct request *request)
{
	struct container_config *config = request->config;

	config->mounts = arena_grow(request->arena, config->mounts, config->mount_count,
				    sizeof(*config->mounts));
	config->mounts[config->mount_count] = (struct container_mount){0};
	return &config->mounts[config->mount_count++];
}

/* "/run[:size=64m,mode=1777]" */
static int add_tmpfs(struct request *request, const char *text, struct error *err)
{
	struct container_mount *mount = add(request);
	size_t length = strcspn(text, ":");

	if (*text != '/')
		return error_set(err, ERROR_INVALID,
				 "invalid tmpfs '%s': mount path must be absolute", text);
	mount->type = CONTAINER_MOUNT_TMPFS;
	mount->target = arena_string_n(request->arena, text, length);
	if (text[length] && text[length + 1])
		mount->tmpfs_options = arena_string(request->arena, text + length + 1);
	return 0;
}

static int check_duplicates(const struct container_config *config, struct error *err)
{
	for (size_t i = 0; i < config->mount_count; i++) {
		auto_free char *target = path_clean(config->mounts[i].target);

		for (size_t j = 0; j < i; j++) {
			auto_free char *other = path_clean(config->mounts[j].target);

			if (strcmp(target, other) == 0)
				return error_set(err, ERROR_INVALID, "Duplicate mount point: %s",
						 target);
		}
	}
	return 0;
}

static int fill_donors(struct request *request, struct error *err)
{
	const struct strvec *donors = &request->options->volumes_from;

	strvec_each (donor, donors) {
		const char *mode = strchr(*donor, ':');

		if (!**donor || *donor == mode)
			return error_set(err, ERROR_INVALID,
					 "volumes-from specification cannot be an empty string");
		if (mode && strcmp(mode, ":ro") != 0 && strcmp(mode, ":rw") != 0 &&
		    strcmp(mode, ":z") != 0 && strcmp(mode, ":Z") != 0)
			return error_set(err, ERROR_INVALID, "invalid mode: %s", mode + 1);
	}
	request->config->volumes_from = donors->count ? strvec_copy(donors, request->arena) : NULL;
	return 0;
}

int request_fill_mounts(struct request *request, struct error *err)
{
	const struct request_options *options = request->options;
	auto_free char *directory = getcwd(NULL, 0);

	if (!directory)
		return error_errno(err, "cannot find the current directory");
	if (request_check_volume_driver(options->volume_driver, err) < 0)
		return -1;
	strvec_each (text, &options->volumes)
		if (mount_text_parse(add(request), *text, directory, request->arena, err) < 0)
			return -1;
	strvec_each (text, &options->mounts)
		if (request_mount_parse(add(request), *text, directory, request->arena, err) < 0)
			return -1;
	strvec_each (text, &options->tmpfs)
		if (add_tmpfs(request, *text, err) < 0)
			return -1;
	return check_duplicates(request->config, err) < 0 ? -1 : fill_donors(request, err);
}
