/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/fuzz/fuzz_tar_extract.c - an archive extracted into a directory, with and without a root
 * within which links are followed, and over whatever is there. What lies beside must never change.
 */
#include <assert.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "storage/archive/tar_extract.h"
#include "tests/fuzz/canary.h"

/* As ADD does it: the directory is the root. */
static void extract_over(int fd, int blob)
{
	auto_close int to = openat(fd, "to", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct tar_extract over = {.root_fd = to, .path = "/", .replaces = true};

	lseek(blob, 0, SEEK_SET);
	if (to >= 0 && tar_extract_is_archive(blob))
		tar_extract_run(&over, blob, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	auto_close int blob = memfd_create("archive", MFD_CLOEXEC);
	auto_close int fd = -1;
	struct tar_extract rooted = {.path = "to"}, bare = {.root_fd = -1, .is_host = true};

	if (directory_fd < 0)
		set_up();
	if (file_write_all(blob, bytes, length, NULL) < 0 || lseek(blob, 0, SEEK_SET) < 0)
		return 0;
	assert(mkdirat(directory_fd, "room/root", 0755) == 0);
	assert(mkdirat(directory_fd, "room/root/to", 0755) == 0);
	fd = openat(directory_fd, "room/root", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	rooted.root_fd = bare.directory_fd = fd;
	tar_extract_run(&rooted, blob, NULL);
	lseek(blob, 0, SEEK_SET);
	tar_extract_run(&bare, blob, NULL);
	extract_over(fd, blob);
	assert(file_remove_tree(directory_fd, "room/root", NULL) == 0);
	check_canary();
	return 0;
}
