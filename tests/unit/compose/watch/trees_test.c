/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/harness/harness.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/map.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "compose/watch/trees.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *base;
static int base_fd;
static struct map heard;
static struct trees *trees;
static struct error err;

static void hear(const char *path, void *data)
{
	(void)data;
	map_slot(&heard, path + strlen(base) + 1);
}

static bool enters(const char *path, void *data)
{
	(void)data;
	return !strstr(path, "node_modules");
}

static void begin(const char *first, const char *second)
{
	const struct trees_client client = {hear, enters, NULL};
	auto_free char *one = alloc_format("%s/%s", base, first);
	auto_free char *two = second ? alloc_format("%s/%s", base, second) : NULL;
	char *roots[] = {one, two, NULL};

	CHECK_OK(trees_open(&trees, roots, &client, &err));
}

static void make(const char *path)
{
	CHECK_OK(file_make_directories(base_fd, path, 0755, &err));
}

static void write_to(const char *path, const char *text)
{
	auto_close int fd = openat(base_fd, path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0644);

	CHECK(fd >= 0);
	CHECK(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
}

/* Everything that was heard since, as one text in the order of names. */
static const char *news(void)
{
	static struct strbuf text;
	auto_strvec struct strvec names = {0};

	CHECK_OK(trees_read(trees, &err));
	map_each (entry, &heard)
		strvec_add(&names, entry->key);
	strvec_sort(&names);
	strbuf_clear(&text);
	strvec_each (name, &names)
		strbuf_printf(&text, "%s ", *name);
	map_release(&heard);
	heard = (struct map){0};
	return strbuf_text(&text);
}

static void open_base(void)
{
	base_fd = test_directory(&base);
	heard = (struct map){0};
	err = (struct error){0};
}

static void end(void)
{
	trees_close(trees);
	close(base_fd);
}

static void hear_and_write(const char *path, void *data)
{
	hear(path, data);
	write_to("src/log", "more");
}

TEST(returns_while_a_file_is_written_without_a_pause)
{
	const struct trees_client client = {hear_and_write, enters, NULL};
	auto_free char *root = NULL;

	open_base();
	make("src");
	root = alloc_format("%s/src", base);
	CHECK_OK(trees_open(&trees, (char *[]){root, NULL}, &client, &err));
	write_to("src/log", "first");
	CHECK_TEXT(news(), "src/log ");
	CHECK_TEXT(news(), "src/log ");
	end();
}

TEST(tells_of_files_and_new_directories)
{
	open_base();
	make("src/sub");
	write_to("src/old", "x");
	begin("src", NULL);
	CHECK_TEXT(news(), "");
	write_to("src/old", "y");
	write_to("src/sub/new", "z");
	CHECK_TEXT(news(), "src/old src/sub/new ");
	make("src/a/b/c");
	write_to("src/a/b/file", "x");
	CHECK_TEXT(news(), "src/a src/a/b src/a/b/c src/a/b/file ");
	write_to("src/a/b/c/deep", "x");
	CHECK_TEXT(news(), "src/a/b/c/deep ");
	unlinkat(base_fd, "src/old", 0);
	file_remove_tree(base_fd, "src/a", NULL);
	CHECK(strstr(news(), "src/a "));
	make("src/node_modules/x");
	write_to("src/node_modules/x/y", "x");
	CHECK_TEXT(news(), "src/node_modules ");
	end();
}

TEST(a_tree_that_is_moved_is_found_where_it_arrives)
{
	open_base();
	make("src");
	make("elsewhere/tree/below");
	write_to("elsewhere/tree/below/file", "x");
	begin("src", NULL);
	renameat(base_fd, "elsewhere/tree", base_fd, "src/tree");
	CHECK_TEXT(news(), "src/tree src/tree/below src/tree/below/file ");
	renameat(base_fd, "src/tree", base_fd, "src/other");
	CHECK_TEXT(news(), "src/other src/other/below src/other/below/file src/tree ");
	write_to("src/other/below/file", "y");
	CHECK_TEXT(news(), "src/other/below/file ");
	renameat(base_fd, "src/other", base_fd, "elsewhere/gone");
	CHECK_TEXT(news(), "src/other ");
	write_to("elsewhere/gone/below/file", "z");
	CHECK_TEXT(news(), "");
	end();
}

TEST(a_root_may_come_and_go)
{
	open_base();
	begin("a/b/src", "one.conf");
	make("a/x");
	make("a/b/other");
	write_to("two.conf", "x");
	CHECK_TEXT(news(), "");
	make("a/b/src/sub");
	write_to("a/b/src/file", "x");
	CHECK_TEXT(news(), "a/b/src/file a/b/src/sub ");
	write_to("one.conf", "x");
	CHECK_TEXT(news(), "one.conf ");
	file_remove_tree(base_fd, "a", NULL);
	CHECK_TEXT(news(), "a/b/src a/b/src/file a/b/src/sub ");
	make("a/b/src");
	CHECK_TEXT(news(), "");
	write_to("a/b/src/again", "x");
	CHECK_TEXT(news(), "a/b/src/again ");
	unlinkat(base_fd, "one.conf", 0);
	CHECK_TEXT(news(), "one.conf ");
	end();
}

TEST(a_link_is_told_of_and_not_followed)
{
	open_base();
	make("src");
	make("elsewhere");
	begin("src", NULL);
	CHECK_INT(symlinkat("../elsewhere", base_fd, "src/link"), 0);
	CHECK_TEXT(news(), "src/link ");
	write_to("elsewhere/file", "x");
	CHECK_TEXT(news(), "");
	end();
}

TEST(lists_what_is_there)
{
	open_base();
	make("src/sub");
	write_to("src/sub/file", "x");
	write_to("one.conf", "x");
	begin("src", "one.conf");
	for (int i = 0; i < 2; i++) {
		auto_free char *path = alloc_format("%s/%s", base, i ? "one.conf" : "src");

		trees_list(trees, path);
	}
	CHECK_TEXT(news(), "one.conf src/sub src/sub/file ");
	end();
}

/* More than the kernel keeps. */
static void overflow(void)
{
	auto_strbuf struct strbuf limit = {0};
	long count;

	CHECK_OK(file_read(AT_FDCWD, "/proc/sys/fs/inotify/max_queued_events", 100, &limit, &err));
	count = strtol(strbuf_text(&limit), NULL, 10);
	if (count > 100000)
		test_skip("this kernel keeps too many events");
	for (long i = 0; i <= count; i++) {
		mkdirat(base_fd, "src/flood", 0755);
		unlinkat(base_fd, "src/flood", AT_REMOVEDIR);
	}
}

TEST(tells_of_all_that_changed_while_events_were_lost)
{
	const char *text;

	open_base();
	make("src/stays");
	make("src/goes/below");
	write_to("src/changes", "x");
	begin("src", NULL);
	overflow();
	write_to("src/changes", "y");
	write_to("src/stays/new", "x");
	make("src/comes/below");
	file_remove_tree(base_fd, "src/goes", NULL);
	text = news();
	CHECK(strstr(text, "src/changes "));
	CHECK(strstr(text, "src/stays/new "));
	CHECK(strstr(text, "src/comes src/comes/below "));
	CHECK(strstr(text, "src/goes "));
	write_to("src/comes/below/file", "y");
	CHECK_TEXT(news(), "src/comes/below/file ");
	end();
}

static void open_with_limit(int report_fd)
{
	const struct trees_client client = {hear, enters, NULL};
	auto_free char *src = alloc_format("%s/src", base);
	char *roots[] = {src, NULL};

	if (unshare(CLONE_NEWUSER) < 0 ||
	    file_write_pseudo(AT_FDCWD, "/proc/sys/user/max_inotify_watches", "3", NULL) < 0)
		_exit(77);
	if (trees_open(&trees, roots, &client, &err) == 0)
		_exit(1);
	error_send(report_fd, &err);
	_exit(0);
}

TEST(says_which_limit_is_reached)
{
	int fds[2], status;
	pid_t pid;

	open_base();
	for (int i = 0; i < 6; i++) {
		auto_free char *name = alloc_format("src/%d", i);

		make(name);
	}
	CHECK(pipe2(fds, O_CLOEXEC) == 0);
	pid = fork();
	if (pid == 0)
		open_with_limit(fds[1]);
	close(fds[1]);
	waitpid(pid, &status, 0);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		test_skip("no user namespaces here");
	CHECK_INT(WEXITSTATUS(status), 0);
	CHECK_INT(error_receive(fds[0], &err), 1);
	CHECK_INT(err.code, ENOSPC);
	CHECK(strstr(err.text, "fs.inotify.max_user_watches"));
	close(fds[0]);
	close(base_fd);
}
