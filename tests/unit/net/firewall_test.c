/* SPDX-License-Identifier: Apache-2.0 */
#include "net/firewall.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "tests/harness/harness.h"

/* Else a change on a full disk would go unmarked. */
TEST(the_mark_of_a_change_takes_no_room)
{
	int dir = test_directory(NULL);
	int lock = openat(dir, ".lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	struct error err = {0};
	struct stat status;

	CHECK_OK(firewall_begin(lock, &err));
	CHECK(fstat(lock, &status) == 0);
	CHECK_INT(status.st_size, 1);
	CHECK_INT(status.st_blocks, 0);
	firewall_settle(lock);
	CHECK(fstat(lock, &status) == 0 && status.st_size == 0);
	close(lock);
	close(dir);
}

TEST(what_cannot_be_marked_does_not_begin)
{
	int dir = test_directory(NULL);
	int lock = openat(dir, ".lock", O_RDONLY | O_CREAT | O_CLOEXEC, 0600);
	struct error err = {0};

	CHECK(firewall_begin(lock, &err) < 0);
	CHECK_TEXT(err.text, "cannot note a change of the firewall in '.lock' of the networks: "
			     "invalid argument");
	close(lock);
	close(dir);
}
