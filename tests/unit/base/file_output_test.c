/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file_output.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/file.h"
#include "base/strbuf.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/harness/harness.h"

static char directory[] = "/tmp/coracle-output-XXXXXX";

static void enter(void)
{
	strcpy(directory + strlen(directory) - 6, "XXXXXX");
	CHECK(mkdtemp(directory));
	CHECK_INT(chdir(directory), 0);
}

static void leave(void)
{
	CHECK_INT(chdir("/"), 0);
	CHECK_INT(file_remove_tree(AT_FDCWD, directory, NULL), 0);
}

static void put(const char *path, const char *text)
{
	struct error err = {0};

	if (file_output_write(path, text, strlen(text), 0644, &err) < 0)
		fail_msg("%s: %s", path, err.text);
}

static void check_content(const char *path, const char *expected)
{
	auto_strbuf struct strbuf text = {0};

	CHECK_INT(file_read(AT_FDCWD, path, 1000, &text, NULL), 0);
	CHECK_TEXT(strbuf_text(&text), expected);
}

TEST(a_file_keeps_its_mode_and_a_reader_the_old_content)
{
	auto_strbuf struct strbuf old = {0};
	struct stat status;
	char byte;
	int fd;

	enter();
	put("file", "one");
	CHECK_INT(chmod("file", 0604), 0);
	fd = open("file", O_RDONLY | O_CLOEXEC);
	put("file", "two");
	CHECK_INT(read(fd, &byte, 1), 1);
	CHECK_INT(byte, 'o');
	close(fd);
	check_content("file", "two");
	CHECK_INT(stat("file", &status), 0);
	CHECK_INT(status.st_mode & 07777, 0604);
	leave();
}

TEST(links_are_followed_to_what_is_there_or_not_yet)
{
	struct stat status;

	enter();
	CHECK_INT(mkdir("real", 0755), 0);
	CHECK_INT(symlink("real/file", "link"), 0);
	CHECK_INT(symlink("link", "chain"), 0);
	put("chain", "one");
	check_content("real/file", "one");
	put("chain", "two");
	check_content("real/file", "two");
	CHECK_INT(lstat("chain", &status), 0);
	CHECK(S_ISLNK(status.st_mode));
	CHECK_INT(symlink("round", "round"), 0);
	CHECK_INT(file_output_write("round", "x", 1, 0644, NULL), -1);
	leave();
}

TEST(a_fifo_is_written_into_and_stays)
{
	struct stat status;
	char bytes[8] = "";
	int fd;

	enter();
	CHECK_INT(mkfifo("fifo", 0600), 0);
	fd = open("fifo", O_RDWR | O_CLOEXEC);
	put("fifo", "text");
	CHECK_INT(read(fd, bytes, 8), 4);
	CHECK_TEXT(bytes, "text");
	close(fd);
	CHECK_INT(lstat("fifo", &status), 0);
	CHECK(S_ISFIFO(status.st_mode));
	leave();
}

TEST(what_fails_leaves_the_old_file_and_nothing_else)
{
	auto_file_output struct file_output output = FILE_OUTPUT_CLOSED;

	enter();
	put("file", "old");
	CHECK_INT(file_output_open(&output, "file", 0644, NULL), 0);
	CHECK_INT(file_write_all(output.fd, "half", 4, NULL), 0);
	file_output_release(&output);
	check_content("file", "old");
	CHECK_INT(unlink("file"), 0);
	CHECK_INT(chdir("/"), 0);
	CHECK_INT(rmdir(directory), 0); /* it is empty */
}

TEST(our_own_output_goes_on_behind_what_is_there)
{
	int saved = dup(STDOUT_FILENO), fd;

	enter();
	fflush(stdout);
	fd = open("out", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	CHECK_INT(dup2(fd, STDOUT_FILENO), STDOUT_FILENO);
	CHECK_INT(write(fd, "one ", 4), 4);
	put("out", "two ");
	CHECK_INT(write(fd, "three", 5), 5);
	dup2(saved, STDOUT_FILENO);
	close(saved);
	close(fd);
	check_content("out", "one two three");
	leave();
}
