/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/file.h - whole files, atomic replacement, locks.
 *
 * Every function takes a directory descriptor (or AT_FDCWD) and a path of our own making. Paths
 * that an image, an archive or a container can influence go through base/path instead.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct error;
struct strbuf;

/* Appends the content to @out. Refuses anything but a regular file or a pseudo file of at most
 * @limit bytes (ERROR_INVALID). ENOENT in @err when it is not there. */
int file_read(int dirfd, const char *path, size_t limit, struct strbuf *out, struct error *err);
/* Opens a file of ours for @flags (O_CREAT: with 0600). Nothing is waited for and no link followed:
 * what is no regular file, as a FIFO, is ERROR_INVALID. O_CLOEXEC. */
int file_open(int dirfd, const char *path, int flags, struct error *err);
/* Writes a temporary name in the same directory, fsyncs, renames, fsyncs the directory: a crash
 * leaves the old content or the new one. */
int file_replace(int dirfd, const char *path, const void *bytes, size_t length, mode_t mode,
		 struct error *err);
/* The same without fsync, for what a reboot forgets anyway (RUN is on tmpfs). */
int file_replace_volatile(int dirfd, const char *path, const void *bytes, size_t length,
			  mode_t mode, struct error *err);
/* For whoever lists the directory anyway: removes @name if it is what one of these two wrote to and
 * its process was killed. */
void file_remove_stale(int dirfd, const char *name);
/* Writes into an existing pseudo file (cgroup, /proc/sys) with a single write. */
int file_write_pseudo(int dirfd, const char *path, const char *text, struct error *err);
/* Writes all bytes, whatever write(2) makes of it. */
int file_write_all(int fd, const void *bytes, size_t length, struct error *err);

/* Opens (creating with 0600) and takes the flock; close the descriptor to release it. With
 * @wait false an already held lock gives ERROR_BUSY at once. The descriptor is O_CLOEXEC. */
int file_lock(int dirfd, const char *path, bool exclusive, bool wait, struct error *err);
/* The exclusive one, waited for until a signal has been handled and @cancel_fd (0: none) is
 * readable then: ECANCELED. */
int file_lock_until(int dirfd, const char *path, int cancel_fd, struct error *err);

/* mkdir -p below @dirfd for a path of our own making. */
int file_make_directories(int dirfd, const char *path, mode_t mode, struct error *err);
/* Removes a file or a whole tree; a missing one is fine. Never crosses into another file system
 * and never follows a link. */
int file_remove_tree(int dirfd, const char *path, struct error *err);
/* 1: nothing is in it but what mkfs leaves in every ext file system, 0: something is. */
int file_is_empty_directory(int fd, struct error *err);
