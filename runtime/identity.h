/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runtime/identity.h - door: users and groups, looked up in a container's root file system.
 *
 * Files are opened below the given root with openat2, must be regular and at most 10 MiB. Numbers
 * are full 32-bit ids; out of range is an error, never a name.
 */
#pragma once

#include "runtime/spec.h"

struct identity {
	struct spec_user user; /* groups in the arena, the primary one first */
	const char *home;      /* from passwd, "/" when unknown; in the arena */
	const char *name;      /* NULL when the uid has no passwd entry */
};

/* @text: "", "user", "uid", "user:group" with names or numbers; NULL or "" is root. Supplementary
 * groups come from /etc/group only when no group is given. @add_groups (may be NULL) are names or
 * numbers, added always. Errors: "unable to find user X: no matching entries in passwd file". */
int identity_resolve(struct identity *identity, struct arena *arena, int rootfs_fd,
		     const char *text, char *const *add_groups, struct error *err);
/* One id from a name or number: for the uid and gid of secrets and of chown. */
int identity_find_user(uid_t *uid, int rootfs_fd, const char *text, struct error *err);
int identity_find_group(gid_t *gid, int rootfs_fd, const char *text, struct error *err);
