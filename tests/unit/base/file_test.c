/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
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

static void notice(int signal)
{
	(void)signal;
}

/* The other process gives up when it has been told to and a signal has come. */
static int wait_for_lock(int directory, int cancel_fd)
{
	const struct itimerval ticks = {{0, 20000}, {0, 20000}};
	struct error err = {0};

	sigaction(SIGALRM, &(struct sigaction){.sa_handler = notice}, NULL);
	setitimer(ITIMER_REAL, &ticks, NULL);
	return file_lock_until(directory, "lock", cancel_fd, &err) < 0 ? err.code : 0;
}

TEST(a_lock_is_waited_for_until_that_is_cancelled)
{
	int directory = test_directory(NULL);
	int lock = file_lock(directory, "lock", true, false, NULL);
	int status, ends[2];
	pid_t pid;

	CHECK(lock >= 0);
	CHECK_INT(pipe2(ends, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0)
		_exit(wait_for_lock(directory, ends[0]));
	CHECK_INT(write(ends[1], "", 1), 1);
	CHECK_INT(waitpid(pid, &status, 0), pid);
	CHECK_INT(WEXITSTATUS(status), ECANCELED);
	close(lock);
	pid = fork();
	if (pid == 0)
		_exit(wait_for_lock(directory, ends[0]));
	CHECK_INT(waitpid(pid, &status, 0), pid);
	CHECK_INT(status, 0);
	close(ends[0]);
	close(ends[1]);
	close(directory);
}

TEST(only_files_are_opened_and_nobody_waits_for_the_other_end_of_a_fifo)
{
	auto_close int directory = test_directory(NULL);
	auto_close int made = file_open(directory, "made", O_RDWR | O_CREAT, NULL);
	struct error err = {0};

	CHECK(made >= 0);
	CHECK_INT(mkfifoat(directory, "fifo", 0600), 0);
	CHECK_INT(mkdirat(directory, "directory", 0700), 0);
	CHECK_INT(symlinkat("made", directory, "link"), 0);
	CHECK_INT(file_open(directory, "missing", O_RDONLY, &err), -1);
	CHECK_INT(err.code, ENOENT);
	CHECK_INT(file_open(directory, "fifo", O_RDONLY, &err), -1);
	CHECK_INT(err.code, ERROR_INVALID);
	CHECK_INT(file_open(directory, "fifo", O_WRONLY | O_APPEND, &err), -1);
	CHECK_INT(err.code, ERROR_INVALID);
	CHECK_TEXT(err.text, "cannot open 'fifo': not a regular file");
	CHECK_INT(file_open(directory, "directory", O_RDONLY, &err), -1);
	CHECK_INT(err.code, ERROR_INVALID);
	CHECK_INT(file_open(directory, "link", O_RDONLY, &err), -1);
}

/* As somebody does who locks what is being removed. */
static void make_again_and_again(int directory)
{
	for (int i = 0; i < 2000; i++) {
		mkdirat(directory, "tree", 0700);
		close(openat(directory, "tree/lock", O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
		nanosleep(&(struct timespec){.tv_nsec = 20000}, NULL);
	}
	_exit(0);
}

TEST(a_tree_goes_although_somebody_makes_files_in_it)
{
	auto_close int directory = test_directory(NULL);
	struct error err = {0};
	pid_t pid = fork();
	int status;

	if (pid == 0)
		make_again_and_again(directory);
	while (waitpid(pid, &status, WNOHANG) == 0)
		CHECK_INT(file_remove_tree(directory, "tree", &err), 0);
	CHECK_INT(file_remove_tree(directory, "tree", &err), 0);
	CHECK(faccessat(directory, "tree", F_OK, 0) < 0);
}
