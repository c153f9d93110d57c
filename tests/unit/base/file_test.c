/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/harness/harness.h"

TEST(what_a_killed_writer_left_is_removed)
{
	char directory[] = "/tmp/coracle-file-XXXXXX";
	char mine[40];
	int fd;

	CHECK(mkdtemp(directory));
	fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	snprintf(mine, sizeof(mine), "state.json.%d.tmp", getpid());
	for (const char *const *name = (const char *const[]){"a.json.4194999.tmp", mine, "a.json",
							     "x.tmp", ".12.tmp", NULL};
	     *name; name++) {
		int file = openat(fd, *name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

		CHECK(file >= 0);
		close(file);
		file_remove_stale(fd, *name);
	}
	CHECK(faccessat(fd, "a.json.4194999.tmp", F_OK, 0) < 0); /* above the largest pid */
	CHECK(faccessat(fd, mine, F_OK, 0) == 0);
	CHECK(faccessat(fd, "a.json", F_OK, 0) == 0);
	CHECK(faccessat(fd, "x.tmp", F_OK, 0) == 0);
	CHECK(faccessat(fd, ".12.tmp", F_OK, 0) == 0);
	CHECK(file_remove_tree(AT_FDCWD, directory, NULL) == 0);
	close(fd);
}
