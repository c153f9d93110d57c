/* SPDX-License-Identifier: Apache-2.0 */
/*
 * builder/dockerfile/mount.h - door: the value of RUN --mount=… Pure.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct error;
struct expansion;

enum dockerfile_mount_type {
	DOCKERFILE_MOUNT_BIND,
	DOCKERFILE_MOUNT_CACHE,
	DOCKERFILE_MOUNT_TMPFS,
	DOCKERFILE_MOUNT_SECRET,
	DOCKERFILE_MOUNT_SSH
};

enum dockerfile_mount_sharing {
	DOCKERFILE_SHARING_SHARED,
	DOCKERFILE_SHARING_PRIVATE,
	DOCKERFILE_SHARING_LOCKED
};

struct dockerfile_mount {
	enum dockerfile_mount_type type;
	const char *from;   /* a stage, image or named context; NULL: the context (bind), empty
			     * (cache) */
	const char *source; /* cleaned, relative to its root; "" for all of it */
	const char *target; /* as written: may be relative to WORKDIR; NULL: the type's own */
	const char *id;	    /* cache, secret, ssh; never NULL for them */
	const char *env;    /* secret: the variable that gets it; NULL */
	enum dockerfile_mount_sharing sharing;
	bool is_writable; /* bind: writes are lost after the step; cache: unless ro */
	bool is_required; /* secret, ssh */
	bool has_mode;
	unsigned mode; /* cache 0755, secret 0400, ssh 0600 unless given */
	uid_t uid;
	gid_t gid;
	int64_t size; /* tmpfs: bytes, 0: no limit */
};

/* Variables in values are replaced (not in from, which takes none); the result is in the arena of
 * @expansion. ERROR_INVALID: unknown options (with a suggestion), options that the type does not
 * have, what is missing. */
int dockerfile_mount_parse(struct dockerfile_mount *mount, const char *text,
			   const struct expansion *expansion, struct error *err);
