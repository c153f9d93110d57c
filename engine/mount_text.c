/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/mount_text.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/path.h"
#include "base/record.h"
#include "engine/container.h"

#include <string.h>

bool mount_text_is_propagation(const char *text)
{
	static const char *const words[] = {"private", "rprivate", "shared", "rshared",
					    "slave",   "rslave",   NULL};

	return record_find_word(words, text) >= 0;
}

/* False when nobody knows it. */
static bool set_option(struct container_mount *mount, const char *option)
{
	/* What is mounted is always consistent, and has no labels of SELinux. */
	static const char *const without_effect[] = {
		"rw", "z", "Z", "cached", "consistent", "delegated", "rbind", "bind", NULL};

	if (strcmp(option, "ro") == 0)
		mount->read_only = true;
	else if (strcmp(option, "nocopy") == 0 && mount->type == CONTAINER_MOUNT_VOLUME)
		mount->no_copy = true;
	else if (mount_text_is_propagation(option) && mount->type == CONTAINER_MOUNT_BIND)
		mount->propagation = option;
	else
		return record_find_word(without_effect, option) >= 0;
	return true;
}

static int set_options(struct container_mount *mount, char *options, const char *text,
		       struct error *err)
{
	char *rest = options, *option;

	while ((option = strsep(&rest, ",")))
		if (!set_option(mount, option))
			return error_set(err, ERROR_INVALID,
					 "invalid mode: %s: the mode of '%s' is ro, rw, nocopy of "
					 "a volume, or a propagation of a path",
					 option, text);
	return 0;
}

static int check_target(const char *target, const char *text, struct error *err)
{
	if (*target != '/')
		return error_set(err, ERROR_INVALID,
				 "invalid volume specification: '%s': invalid mount path: '%s' "
				 "mount path must be absolute",
				 text, target);
	if (!target[strspn(target, "/.")])
		return error_set(err, ERROR_INVALID,
				 "invalid volume specification: '%s': invalid specification: "
				 "destination can't be '/'",
				 text);
	return 0;
}

static int set_source(struct container_mount *mount, const char *source, const char *directory,
		      struct arena *arena, struct error *err)
{
	auto_free char *path = NULL;

	mount->source = source;
	if (*source == '/' || (*source == '.' && directory)) {
		path = path_join(directory ? directory : "/", source);
		mount->type = CONTAINER_MOUNT_BIND;
		mount->source = arena_string(arena, path);
	} else if (!path_is_name(source)) {
		return error_set(err, ERROR_INVALID,
				 "\"%s\" includes invalid characters for a local volume name, only "
				 "\"[a-zA-Z0-9][a-zA-Z0-9_.-]\" are allowed. If you intended to "
				 "pass a host directory, use absolute path",
				 source);
	}
	return 0;
}

int mount_text_parse(struct container_mount *mount, const char *text, const char *directory,
		     struct arena *arena, struct error *err)
{
	char *parts[4] = {NULL}, *rest = arena_string(arena, text);
	size_t count = 0;

	*mount = (struct container_mount){.type = CONTAINER_MOUNT_VOLUME, .create_host_path = true};
	while (rest && count < array_length(parts))
		parts[count++] = strsep(&rest, ":");
	if (count == array_length(parts) || !*parts[0] || (parts[1] && !*parts[1]))
		return error_set(err, ERROR_INVALID, "invalid volume specification: '%s'", text);
	mount->target = parts[1] ? parts[1] : parts[0];
	if ((parts[1] && set_source(mount, parts[0], directory, arena, err) < 0) ||
	    check_target(mount->target, text, err) < 0)
		return -1;
	return parts[2] ? set_options(mount, parts[2], text, err) : 0;
}

bool container_mount_is_anonymous(const struct container_mount *mount)
{
	return mount->type == CONTAINER_MOUNT_VOLUME && mount->source &&
	       strlen(mount->source) == 64;
}

const char *mount_text_find_fault(const struct container_mount *mount)
{
	bool is_bind = mount->type == CONTAINER_MOUNT_BIND;

	if (!mount->target || !*mount->target)
		return "field Target must not be empty";
	if (!mount->source && (is_bind || mount->type == CONTAINER_MOUNT_IMAGE))
		return "field Source must not be empty";
	if (mount->source && mount->type == CONTAINER_MOUNT_TMPFS)
		return "field Source must not be specified";
	if (*mount->target != '/' || (is_bind && *mount->source != '/'))
		return "mount path must be absolute";
	if (!mount->target[strspn(mount->target, "/.")])
		return "invalid specification: destination can't be '/'";
	if (mount->subpath && !mount->source)
		return "must not set Subpath when using anonymous volumes";
	return NULL;
}
