/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/path.h - paths below a root that somebody else can write to.
 *
 * A path that an image, an archive, a volume or a running container can influence is opened with
 * openat2(2) (Linux 5.6) and from then on only the descriptor is used, never a re-joined string.
 * IN_ROOT clamps "..", absolute links and "/" to the root, as chroot would; BENEATH refuses them.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

struct error;

enum path_scope {
	PATH_IN_ROOT,  /* RESOLVE_IN_ROOT: the container's own view of the path */
	PATH_BENEATH,  /* RESOLVE_BENEATH: an escape is an error (EXDEV) */
	PATH_NO_LINKS, /* RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS */
};

/* Opens @path below @rootfd; O_CLOEXEC and RESOLVE_NO_MAGICLINKS are added. ENOENT, ELOOP, EXDEV
 * and ENOTDIR in @err are the caller's to interpret. */
int path_open(int rootfd, const char *path, enum path_scope scope, int flags, struct error *err);
/* Walks @path, creating missing directories with @mode (owner uid:gid), links followed within the
 * root; returns an O_PATH descriptor of the last one. */
int path_make_directories(int rootfd, const char *path, mode_t mode, uid_t uid, gid_t gid,
			  struct error *err);
/* Opens what a mount needs as its target: makes the parents (0755 root) and then a directory or an
 * empty file when nothing is there. Returns an O_PATH descriptor. The last component's link is
 * followed within the root; one that leads nowhere is filled there. */
int path_make_target(int rootfd, const char *path, bool is_directory, struct error *err);
/* The same for one who will remove again what was made: told of each entry just before. */
struct path_note {
	void (*makes)(int parent_fd, const char *name, void *data); /* the descriptor is O_PATH */
	void *data;
};
int path_make_target_noting(int rootfd, const char *path, bool is_directory,
			    const struct path_note *note, struct error *err);

/* Lexical: removes ".", "..", double and trailing slashes; absolute stays absolute. malloc'ed. */
char *path_clean(const char *path);
/* Joins and cleans; an absolute @path stands alone. malloc'ed. */
char *path_join(const char *base, const char *path);
/* What stands before the last slash: "." and "/" when that is nothing. malloc'ed. */
char *path_directory(const char *path);
/* From @path on along links, the last of which may lead to nothing yet: @read says where the link
 * at a path leads (malloc'ed; NULL: there is none). malloc'ed; NULL with @err: there are too many.
 */
typedef char *path_read_link(const char *path, const void *data);
char *path_follow(const char *path, path_read_link *read, const void *data, struct error *err);
/* May this text name an object (project, container, volume, network, secret)?
 * [a-zA-Z0-9][a-zA-Z0-9_.-]*, at most 255 bytes: so it is also a safe file name. */
bool path_is_name(const char *text);
