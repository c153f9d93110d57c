/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/mount_options.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "runtime/spec.h"

#include <stddef.h>
#include <string.h>
#include <sys/mount.h>

#ifndef MOUNT_ATTR_NOSYMFOLLOW
#define MOUNT_ATTR_NOSYMFOLLOW 0x00200000
#endif

struct attribute {
	const char *name;
	uint64_t set, clear;
};

static const struct attribute attributes[] = {
	{"ro", MOUNT_ATTR_RDONLY, 0},
	{"rw", 0, MOUNT_ATTR_RDONLY},
	{"nosuid", MOUNT_ATTR_NOSUID, 0},
	{"suid", 0, MOUNT_ATTR_NOSUID},
	{"nodev", MOUNT_ATTR_NODEV, 0},
	{"dev", 0, MOUNT_ATTR_NODEV},
	{"noexec", MOUNT_ATTR_NOEXEC, 0},
	{"exec", 0, MOUNT_ATTR_NOEXEC},
	{"nosymfollow", MOUNT_ATTR_NOSYMFOLLOW, 0},
	{"symfollow", 0, MOUNT_ATTR_NOSYMFOLLOW},
	{"nodiratime", MOUNT_ATTR_NODIRATIME, 0},
	{"diratime", 0, MOUNT_ATTR_NODIRATIME},
	/* One of three values, not bits: the whole field is cleared first. */
	{"noatime", MOUNT_ATTR_NOATIME, MOUNT_ATTR__ATIME},
	{"relatime", MOUNT_ATTR_RELATIME, MOUNT_ATTR__ATIME},
	{"strictatime", MOUNT_ATTR_STRICTATIME, MOUNT_ATTR__ATIME},
	{"atime", MOUNT_ATTR_RELATIME, MOUNT_ATTR__ATIME},
	{"norelatime", MOUNT_ATTR_STRICTATIME, MOUNT_ATTR__ATIME},
	{"nostrictatime", MOUNT_ATTR_RELATIME, MOUNT_ATTR__ATIME},
};

struct propagation {
	const char *name;
	unsigned long flag;
};

static const struct propagation propagations[] = {
	{"private", MS_PRIVATE},
	{"slave", MS_SLAVE},
	{"shared", MS_SHARED},
	{"unbindable", MS_UNBINDABLE},
};

/* Flags of a super block, which fsconfig takes by name. */
static const char *const superblock_flags[] = {
	"sync", "async", "dirsync", "lazytime", "nolazytime", "mand", "nomand",
};

/* Accepted for the sake of old configurations: they change nothing on Linux 5.10 and later, or
 * only with SELinux. */
static const char *const ignored[] = {
	"defaults", "silent", "loud", "iversion", "noiversion", "acl", "noacl", "z", "Z",
};

static bool listed(const char *name, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(name, list[i]) == 0)
			return true;
	return false;
}

static bool take_attribute(const char *name, uint64_t *set, uint64_t *clear)
{
	for (size_t i = 0; i < array_length(attributes); i++) {
		if (strcmp(name, attributes[i].name) != 0)
			continue;
		*set = (*set & ~attributes[i].clear) | attributes[i].set;
		*clear = (*clear & ~attributes[i].set) | attributes[i].clear;
		return true;
	}
	return false;
}

static bool take_propagation(struct mount_options *options, const char *name)
{
	bool recursive = *name == 'r';

	for (size_t i = 0; i < array_length(propagations); i++) {
		if (strcmp(name + recursive, propagations[i].name) != 0)
			continue;
		options->propagation = propagations[i].flag;
		options->propagation_recursive = recursive;
		return true;
	}
	return false;
}

static const struct {
	const char *name;
	size_t offset; /* of the bool in struct mount_options */
} switches[] = {
	{"tmpcopyup", offsetof(struct mount_options, copies_up)},
	{"idmap", offsetof(struct mount_options, maps_ids)},
	{"ridmap", offsetof(struct mount_options, maps_recursively)},
	{"remount", offsetof(struct mount_options, remounts)},
	{"src-nofollow", offsetof(struct mount_options, keeps_link)},
};

static bool take_switch(struct mount_options *options, const char *name)
{
	for (size_t i = 0; i < array_length(switches); i++)
		if (strcmp(name, switches[i].name) == 0)
			return *(bool *)((char *)options + switches[i].offset) = true;
	return false;
}

static void add_words(struct strvec *out, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		strvec_add(out, words[i]);
}

void mount_options_words(struct strvec *out)
{
	add_words(out, (const char *const[]){"bind", "rbind"}, 2);
	for (size_t i = 0; i < array_length(attributes); i++) {
		strvec_add(out, attributes[i].name);
		strvec_addf(out, "r%s", attributes[i].name);
	}
	for (size_t i = 0; i < array_length(propagations); i++) {
		strvec_add(out, propagations[i].name);
		strvec_addf(out, "r%s", propagations[i].name);
	}
	for (size_t i = 0; i < array_length(switches); i++)
		strvec_add(out, switches[i].name);
	add_words(out, superblock_flags, array_length(superblock_flags));
	add_words(out, ignored, array_length(ignored));
}

static int take_option(struct mount_options *options, const char *name,
		       const struct spec_mount *mount, struct error *err)
{
	if (strcmp(name, "bind") == 0 || strcmp(name, "rbind") == 0)
		options->recursive = *name == 'r';
	else if (take_switch(options, name) ||
		 take_attribute(name, &options->set, &options->clear) ||
		 take_propagation(options, name) || listed(name, ignored, array_length(ignored)))
		;
	else if (*name == 'r' &&
		 take_attribute(name + 1, &options->set_recursively, &options->clear_recursively))
		;
	else if (listed(name, superblock_flags, array_length(superblock_flags)))
		strvec_add(&options->data, name);
	else if (!options->is_bind && *name)
		strvec_add(&options->data, name);
	else if (options->is_bind && strchr(name, '='))
		; /* of a file system, which is there already: mount(2) takes no notice of them */
	else
		return error_set(err, ERROR_INVALID, "mount '%s': unknown option '%s'",
				 mount->destination, name);
	return 0;
}

/* What can only be done with another kind of mount must not seem to be done. */
static int check_kind(struct mount_options *options, const struct spec_mount *mount,
		      struct error *err)
{
	bool is_tmpfs = mount->type && strcmp(mount->type, "tmpfs") == 0;

	if (!options->is_bind) { /* one mount: all of it is the first */
		options->set =
			(options->set & ~options->clear_recursively) | options->set_recursively;
		options->clear |= options->clear_recursively;
	}
	options->maps_ids |= options->maps_recursively || mount->uids.count;
	if (options->copies_up && (options->is_bind || !is_tmpfs))
		return error_set(err, ERROR_INVALID, "mount '%s': only a tmpfs has 'tmpcopyup'",
				 mount->destination);
	if (options->maps_ids && !options->is_bind)
		return error_set(err, ERROR_INVALID,
				 "mount '%s': only a bind mount can have an id mapping",
				 mount->destination);
	return 0;
}

int mount_options_parse(struct mount_options *options, const struct spec_mount *mount,
			struct error *err)
{
	memset(options, 0, sizeof(*options));
	options->is_bind = !mount->type || !*mount->type || strcmp(mount->type, "bind") == 0 ||
			   strcmp(mount->type, "none") == 0;
	for (char **name = mount->options; name && *name; name++)
		if (strcmp(*name, "bind") == 0 || strcmp(*name, "rbind") == 0)
			options->is_bind = true;
	for (char **name = mount->options; name && *name; name++)
		if (take_option(options, *name, mount, err) < 0)
			return -1;
	return check_kind(options, mount, err);
}

void mount_options_release(struct mount_options *options)
{
	strvec_release(&options->data);
}
