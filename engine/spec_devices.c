/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/spec_devices.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/units.h"
#include "engine/container.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

static void add_rule(struct spec *spec, const struct spec_device_rule *rule, struct arena *arena)
{
	struct spec_resources *resources = &spec->resources;
	struct spec_device_rule *rules =
		arena_array(arena, resources->device_rule_count + 1, sizeof(*rules));

	if (resources->device_rule_count)
		memcpy(rules, resources->device_rules,
		       resources->device_rule_count * sizeof(*rules));
	rules[resources->device_rule_count++] = *rule;
	resources->device_rules = rules;
}

static void add_device(struct spec *spec, const struct stat *status, const char *target,
		       const char *permissions, struct arena *arena)
{
	char type = S_ISBLK(status->st_mode) ? 'b' : 'c';

	spec->devices =
		arena_grow(arena, spec->devices, spec->device_count, sizeof(*spec->devices));
	spec->devices[spec->device_count++] = (struct spec_device){
		.path = arena_string(arena, target),
		.type = type,
		.major = major(status->st_rdev),
		.minor = minor(status->st_rdev),
		.mode = status->st_mode & 07777,
		.uid = status->st_uid,
		.gid = status->st_gid,
	};
	add_rule(spec,
		 &(struct spec_device_rule){
			 .allow = true,
			 .type = type,
			 .major = major(status->st_rdev),
			 .minor = minor(status->st_rdev),
			 .read = strchr(permissions, 'r'),
			 .write = strchr(permissions, 'w'),
			 .mknod = strchr(permissions, 'm'),
		 },
		 arena);
}

static bool is_device(const struct stat *status)
{
	return S_ISCHR(status->st_mode) || S_ISBLK(status->st_mode);
}

/* What belongs to the container's own /dev and not to the host's. */
static bool is_private_entry(const char *name)
{
	static const char *const names[] = {".",      "..",	 "pts",	 "shm",	 "fd",
					    "mqueue", "console", "ptmx", ".lxc", ".lxd-mounts"};

	for (size_t i = 0; i < array_length(names); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

/* All devices below a directory of the host, at most four levels deep. */
static void add_directory(struct spec *spec, const char *source, const char *target,
			  const char *permissions, struct arena *arena)
{
	auto_closedir DIR *dir = opendir(source);
	struct dirent *entry;
	size_t depth = 0;

	for (const char *c = target; *c; c++)
		depth += *c == '/';
	while (dir && depth < 6 && (entry = readdir(dir))) {
		auto_free char *path = alloc_format("%s/%s", source, entry->d_name);
		auto_free char *inside = alloc_format("%s/%s", target, entry->d_name);
		struct stat status;

		if (is_private_entry(entry->d_name) || lstat(path, &status) < 0)
			continue;
		if (is_device(&status))
			add_device(spec, &status, inside, permissions, arena);
		else if (S_ISDIR(status.st_mode))
			add_directory(spec, path, inside, permissions, arena);
	}
}

/* "SRC[:DST[:rwm]]"; a directory stands for every device below it. */
static int add_requested(struct spec *spec, const char *text, struct arena *arena,
			 struct error *err)
{
	auto_free char *copy = alloc_string(text);
	char *source = copy, *target, *asked = NULL;
	const char *permissions = "rwm";
	struct stat status;

	target = strchr(source, ':');
	if (target) {
		*target++ = '\0';
		asked = strchr(target, ':');
		if (asked)
			*asked++ = '\0';
	}
	if (asked && *asked)
		permissions = asked;
	if (strspn(permissions, "rwm") != strlen(permissions))
		return error_set(err, ERROR_INVALID, "device '%s': the permissions are r, w and m",
				 text);
	if (stat(source, &status) < 0)
		return error_errno(err, "cannot find the device '%s'", source);
	if (!target || !*target)
		target = source;
	if (S_ISDIR(status.st_mode))
		add_directory(spec, source, target, permissions, arena);
	else if (is_device(&status))
		add_device(spec, &status, target, permissions, arena);
	else
		return error_set(err, ERROR_INVALID, "'%s' is not a device", source);
	return 0;
}

static int parse_number(int64_t *number, const char *text, struct error *err)
{
	if (strcmp(text, "*") == 0) {
		*number = -1;
		return 0;
	}
	return units_parse_int(number, text, 0, UINT32_MAX, err);
}

/* "c 1:3 mr", "b *:* rwm", "a *:* rwm" */
static int add_rule_text(struct spec *spec, const char *text, struct arena *arena,
			 struct error *err)
{
	struct spec_device_rule rule = {.allow = true};
	char type, major_text[16], minor_text[16], permissions[8];

	if (sscanf(text, "%c %15[0-9*]:%15[0-9*] %7[rwm]", &type, major_text, minor_text,
		   permissions) != 4 ||
	    !strchr("abc", type) || parse_number(&rule.major, major_text, NULL) < 0 ||
	    parse_number(&rule.minor, minor_text, NULL) < 0)
		return error_set(err, ERROR_INVALID,
				 "device_cgroup_rules: '%s' is not like 'c 1:3 mr'", text);
	rule.type = type;
	rule.read = strchr(permissions, 'r');
	rule.write = strchr(permissions, 'w');
	rule.mknod = strchr(permissions, 'm');
	add_rule(spec, &rule, arena);
	return 0;
}

int spec_devices_add(struct spec *spec, const struct container_config *config, struct arena *arena,
		     struct error *err)
{
	spec_set_limits(spec, &config->resources);
	if (config->privileged)
		add_directory(spec, "/dev", "/dev", "rwm", arena);
	for (char **text = config->devices_requested; text && *text; text++)
		if (add_requested(spec, *text, arena, err) < 0)
			return -1;
	for (char **text = config->device_rules; text && *text; text++)
		if (add_rule_text(spec, *text, arena, err) < 0)
			return -1;
	return 0;
}

int spec_devices_find_block(struct spec_throttle *out, const char *path, int64_t rate,
			    struct error *err)
{
	struct stat status;

	if (stat(path, &status) < 0)
		return error_errno(err, "cannot find the device '%s'", path);
	if (!S_ISBLK(status.st_mode))
		return error_set(err, ERROR_INVALID, "'%s' is not a block device", path);
	*out = (struct spec_throttle){major(status.st_rdev), minor(status.st_rdev), (uint64_t)rate};
	return 0;
}
