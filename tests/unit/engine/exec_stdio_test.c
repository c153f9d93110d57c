/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/exec_stdio.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/error.h"
#include "base/loop.h"
#include "tests/harness/harness.h"

static struct error err;

/* Its end alone would be the command's SIGPIPE. */
TEST(a_stream_that_cannot_be_waited_for_is_told_of)
{
	struct loop loop = {0};
	struct exec_stdio stdio;
	struct error why = {0};
	int dir = test_directory(NULL);
	int out = openat(dir, "out", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	CHECK_OK(loop_init(&loop, &err));
	CHECK_OK(exec_stdio_open(&stdio, (int[]){-1, out, -1}, &err));
	close(loop.epoll_fd);
	CHECK_OK(exec_stdio_watch(&stdio, &loop, -1, &err));
	CHECK(!exec_stdio_is_busy(&stdio));
	CHECK(exec_stdio_check(&stdio, &why) < 0);
	CHECK_INT(why.code, EBADF);
	CHECK_TEXT(why.text, "cannot wait for standard output: bad file descriptor");
	exec_stdio_release(&stdio);
	close(out);
	close(dir);
}

/* epoll knows no regular files. */
TEST(a_file_is_read_without_being_waited_for)
{
	struct loop loop = {0};
	struct exec_stdio stdio;
	int dir = test_directory(NULL);
	int in = openat(dir, "in", O_RDWR | O_CREAT | O_CLOEXEC, 0600), child;
	char text[8] = "";

	CHECK(pwrite(in, "line\n", 5, 0) == 5);
	CHECK_OK(loop_init(&loop, &err));
	CHECK_OK(exec_stdio_open(&stdio, (int[]){in, -1, -1}, &err));
	child = dup(stdio.child_fds[0]);
	CHECK_OK(exec_stdio_watch(&stdio, &loop, -1, &err));
	while (pump_is_running(&stdio.pumps[0]))
		CHECK(loop_step(&loop, -1, &err) >= 0);
	CHECK_OK(exec_stdio_check(&stdio, &err));
	CHECK(read(child, text, sizeof(text)) == 5);
	CHECK_TEXT(text, "line\n");
	exec_stdio_release(&stdio);
	loop_release(&loop);
	close(child);
	close(in);
	close(dir);
}
