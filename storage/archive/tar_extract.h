/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/archive/tar_extract.h - door: a tar stream into a directory that exists, as `cp` needs
 * it.
 *
 * Unlike an image layer, it goes over what is there: files are replaced (each at once), directories
 * joined. Neither the archive nor a process that changes the directory meanwhile can lead it
 * elsewhere: links on the way are followed within the root that is given, or not at all.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct error;

struct tar_extract {
	int root_fd;	  /* links are followed within it; -1: a link on the way is an error */
	const char *path; /* of the directory below the root */
	int directory_fd; /* the directory, when there is no root */
	bool sets_owner;  /* @uid and @gid instead of what the archive says */
	uid_t uid;
	gid_t gid;
	bool is_host;	  /* devices are left out with a warning; what is there and neither a
			   * file nor a link stays, and is an error */
	bool replaces;	  /* with a root: whatever is in the way makes room, whole directories, too;
			   * where a link on the way leads to nothing, that is made */
	bool joins_links; /* with a root: where a directory comes, a link to one is one, and
			   * stays */
	/* what tar_extract_run counts */
	int64_t entries;
};

/* Reads @fd (plain, gzip, zstd, bzip2, xz) to its end. Unless it @replaces, a directory is never
 * replaced by something else, nor the other way round: ERROR_INVALID. EROFS in @err: it cannot be
 * written to. */
int tar_extract_run(struct tar_extract *extract, int fd, struct error *err);
/* Is what @fd holds from its beginning on an archive, with an entry at least? Leaves it there. */
bool tar_extract_is_archive(int fd);
