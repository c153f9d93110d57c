/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runtime/mount_options.h - the option words of an OCI mount, sorted by what they act on.
 */
#pragma once

#include "base/strvec.h"

#include <stdbool.h>
#include <stdint.h>

struct error;
struct spec_mount;

struct mount_options {
	bool is_bind;
	bool recursive;				     /* rbind */
	uint64_t set, clear;			     /* MOUNT_ATTR_… of the mount */
	uint64_t set_recursively, clear_recursively; /* "rro", "rnosuid", … */
	unsigned long propagation;		     /* MS_PRIVATE, …; 0 not given */
	bool propagation_recursive;
	bool copies_up;			 /* "tmpcopyup" */
	bool maps_ids, maps_recursively; /* "idmap", "ridmap" */
	bool remounts;			 /* what is mounted there already gets other attributes */
	bool keeps_link;		 /* "src-nofollow" */
	struct strvec data; /* what only the file system understands: "size=64m", "sync" */
	const char *label;  /* the caller's: SELinux's, of what is made; NULL: none */
};

#define auto_mount_options __attribute__((cleanup(mount_options_release)))

/* ERROR_INVALID names the option. */
int mount_options_parse(struct mount_options *options, const struct spec_mount *mount,
			struct error *err);
/* Appends all that are known, whatever the file system. */
void mount_options_words(struct strvec *out);
void mount_options_release(struct mount_options *options);
