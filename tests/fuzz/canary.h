/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/fuzz/canary.h - a directory with a "room" to write into and a "canary" beside it, which
 * nobody may touch. For targets that write files; included once by each.
 */
#pragma once

#include "base/file.h"
#include "base/log.h"

#include <assert.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char directory[] = "/tmp/coracle-fuzz.XXXXXX";
static int directory_fd = -1;
static struct timespec changed;

static void be_quiet(enum log_level level, const char *text, void *data)
{
	(void)level;
	(void)text;
	(void)data;
}

static void remove_directory(void)
{
	file_remove_tree(AT_FDCWD, directory, NULL);
}

static void set_up(void)
{
	struct stat status;

	assert(mkdtemp(directory));
	atexit(remove_directory);
	directory_fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert(mkdirat(directory_fd, "canary", 0700) == 0);
	assert(mkdirat(directory_fd, "room", 0700) == 0);
	assert(fstatat(directory_fd, "canary", &status, 0) == 0);
	changed = status.st_ctim;
	log_set_sink(be_quiet, NULL);
}

static void check_canary(void)
{
	struct stat status;

	assert(fstatat(directory_fd, "canary", &status, AT_SYMLINK_NOFOLLOW) == 0);
	assert(status.st_ctim.tv_sec == changed.tv_sec &&
	       status.st_ctim.tv_nsec == changed.tv_nsec);
	assert(fstatat(directory_fd, ".", &status, 0) == 0 && status.st_nlink == 4);
}
