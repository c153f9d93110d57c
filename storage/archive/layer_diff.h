/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/archive/layer_diff.h - door: a file tree, or the upper directory of an overlay, as a tar
 * stream.
 *
 * Names are sorted and everything is taken by descriptors: what is in the tree may change while it
 * is read (a running container's does), but nothing outside of it can get into the archive, and
 * neither device, FIFO nor socket is ever opened. Sockets are left out; so is what pseudo file
 * systems (proc, sysfs, …) hold below their mount points. Holes stay holes.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

struct error;
struct tar_writer;

struct layer_diff {
	int fd;		  /* a directory */
	const char *name; /* one entry of it; NULL: all that is in it */
	const char *path; /* what that is called in the archive; NULL: @name, or "" for the root */
	/* From overlayfs' form to that of image layers: ".wh." files for what is deleted, its own
	 * attributes left out, escaped ones restored. */
	bool is_upper;
	/* An entry "./" for the directory itself, when it would be the archive's root. */
	bool has_root;
	/* Nobody changes the tree, and the same tree gives the same archive later: which parts of a
	 * file count as holes follows from its content alone, not from what the file system has
	 * made of it meanwhile. */
	bool is_repeatable;
	/* The tree is ours and nobody else looks at it: it is made to be what its archive says.
	 * What is left out is removed, overlayfs' own attributes too, and times later than @since
	 * (NULL: than @latest) become @latest (NULL: none do). */
	bool is_settled;
	const struct timespec *latest, *since;
	/* Leaves out an entry, and what is below it; @fd is an O_PATH descriptor of it. */
	bool (*skips)(void *data, const char *path, int fd, const struct stat *status);
	void *data;
	/* what layer_diff_write counts */
	int64_t entries;
	int64_t bytes; /* of the content of files */
};

/* What vanishes meanwhile is left out; a file that gets shorter is filled with zeroes. */
int layer_diff_write(struct layer_diff *diff, struct tar_writer *writer, struct error *err);

/* For a file of an upper directory, by an O_PATH descriptor: does it stand for a deletion? */
bool layer_diff_is_whiteout(int fd, const struct stat *status);
/* Does this directory of an upper one hide all that is below it? */
bool layer_diff_is_opaque(int fd);
/* Is this file system made up by the kernel: proc, sysfs, cgroup and their like? */
bool layer_diff_is_pseudo(int fd);
