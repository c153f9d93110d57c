/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/harness/harness.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "builder/source/context.h"
#include "tests/unit/storage/test_layout.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

struct bench {
	struct layout layout;
	struct staging staging;
	struct arena arena;
	const char *path; /* of the context */
	int fd;
	struct context context;
	struct error err;
};

static void put(const struct bench *bench, const char *path, const char *content)
{
	struct error err = {0};
	const char *slash = strrchr(path, '/');
	auto_free char *folder = slash ? alloc_string_n(path, (size_t)(slash - path)) : NULL;
	auto_close int fd = -1;

	if (folder)
		CHECK_OK(file_make_directories(bench->fd, folder, 0755, &err));
	fd = openat(bench->fd, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	CHECK(fd >= 0);
	CHECK_OK(file_write_all(fd, content, strlen(content), &err));
}

static void begin(struct bench *bench)
{
	const char *path;
	auto_close int fd = test_directory(&path);
	struct error err = {0};

	*bench = (struct bench){.staging = STAGING_CLOSED, .fd = -1};
	test_layout_open(&bench->layout);
	CHECK_OK(staging_open(&bench->staging, &bench->layout, &err));
	CHECK_OK(file_make_directories(fd, "context", 0755, &err));
	bench->path = arena_format(&bench->arena, "%s/context", path);
	bench->fd = openat(fd, "context", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	put(bench, "Dockerfile", "FROM main");
	put(bench, "sub/other", "FROM other");
	put(bench, "sub/other.dockerignore", "*.c\n");
	put(bench, ".dockerignore", "*.h\n");
}

static void end(struct bench *bench)
{
	staging_close(&bench->staging);
	layout_close(&bench->layout);
	arena_release(&bench->arena);
	close(bench->fd);
}

static int open_context(struct bench *bench, struct context_request request)
{
	if (!request.location)
		request.location = bench->path;
	return context_open(&bench->context, &bench->layout, &request, &bench->staging,
			    &bench->arena, &bench->err);
}

#define CHECK_OPEN(call)                                                                           \
	do {                                                                                       \
		if ((call) < 0)                                                                    \
			fail_msg("%s: %s", #call, bench.err.text);                                 \
	} while (0)

static void check_text(struct bench *bench, const char *text)
{
	CHECK_TEXT(bench->context.dockerfile, text);
	CHECK_INT(bench->context.dockerfile_length, strlen(text));
}

TEST(the_dockerfile_and_what_it_ignores)
{
	struct bench bench;

	begin(&bench);
	CHECK_OPEN(open_context(&bench, (struct context_request){0}));
	check_text(&bench, "FROM main");
	CHECK_INT(ignore_judge(bench.context.ignore, "a.h"), IGNORE_HIDES);
	CHECK(bench.context.source.has_lost_xattrs && bench.context.index);
	context_close(&bench.context);
	CHECK_OPEN(open_context(&bench, (struct context_request){.dockerfile = "sub/other",
								 .is_from_context = true}));
	check_text(&bench, "FROM other");
	CHECK_INT(ignore_judge(bench.context.ignore, "a.h"), IGNORE_TAKES);
	CHECK_INT(ignore_judge(bench.context.ignore, "a.c"), IGNORE_HIDES);
	context_close(&bench.context);
	/* An inline one has none of its own. */
	CHECK_OPEN(open_context(&bench, (struct context_request){.dockerfile_inline = "FROM x"}));
	check_text(&bench, "FROM x");
	CHECK_INT(ignore_judge(bench.context.ignore, "a.h"), IGNORE_HIDES);
	context_close(&bench.context);
	end(&bench);
}

TEST(a_dockerfile_elsewhere_and_one_in_small_letters)
{
	struct bench bench;
	struct error err = {0};
	const char *path;
	auto_close int fd = test_directory(&path);
	auto_close int file = -1;

	begin(&bench);
	file = openat(fd, "Elsewhere", O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
	CHECK_OK(file_write_all(file, "FROM there", 10, &err));
	CHECK_OPEN(open_context(&bench, (struct context_request){.dockerfile = "../Elsewhere",
								 .is_from_context = true}));
	check_text(&bench, "FROM there");
	context_close(&bench.context);
	CHECK_INT(renameat(bench.fd, "Dockerfile", bench.fd, "dockerfile"), 0);
	CHECK_OPEN(open_context(&bench, (struct context_request){0}));
	check_text(&bench, "FROM main");
	CHECK_TEXT(bench.context.dockerfile_name, "dockerfile");
	context_close(&bench.context);
	CHECK_INT(open_context(&bench, (struct context_request){.dockerfile = "Dockerfile",
								.is_from_context = true}),
		  -1);
	CHECK_INT(bench.err.code, ERROR_NOT_FOUND);
	CHECK(strstr(bench.err.text, "failed to read dockerfile: open Dockerfile: no such file"));
	end(&bench);
}

/* Neither of the two files is read from where a link leads out of the context. */
TEST(links_do_not_lead_out)
{
	static const struct {
		const char *name, *target;
	} rows[] = {
		{"Dockerfile", "/etc/passwd"},	{"Dockerfile", "../secret"},
		{"Dockerfile", "out/secret"},	{".dockerignore", "/etc/passwd"},
		{".dockerignore", "../secret"}, {"Dockerfile.dockerignore", "../secret"},
	};
	const char *path;
	auto_close int fd = test_directory(&path);

	for (size_t i = 0; i < array_length(rows); i++) {
		struct bench bench;
		auto_close int secret = -1;

		begin(&bench);
		secret = openat(fd, "secret", O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
		CHECK(secret >= 0);
		unlinkat(bench.fd, "out", 0);
		CHECK_INT(symlinkat("..", bench.fd, "out"), 0);
		unlinkat(bench.fd, rows[i].name, 0);
		CHECK_INT(symlinkat(rows[i].target, bench.fd, rows[i].name), 0);
		if (open_context(&bench, (struct context_request){0}) == 0)
			fail_msg("%s -> %s is followed", rows[i].name, rows[i].target);
		CHECK(strstr(bench.err.text, "leads out"));
		unlinkat(bench.fd, rows[i].name, 0);
		end(&bench);
	}
}

TEST(links_within_are_followed)
{
	struct bench bench;

	begin(&bench);
	unlinkat(bench.fd, "Dockerfile", 0);
	CHECK_INT(symlinkat("sub/other", bench.fd, "Dockerfile"), 0);
	CHECK_OPEN(open_context(&bench, (struct context_request){0}));
	check_text(&bench, "FROM other");
	context_close(&bench.context);
	end(&bench);
}

TEST(a_fifo_is_no_dockerfile)
{
	struct bench bench;

	begin(&bench);
	unlinkat(bench.fd, "Dockerfile", 0);
	CHECK_INT(mkfifoat(bench.fd, "Dockerfile", 0644), 0);
	CHECK_INT(open_context(&bench, (struct context_request){0}), -1);
	CHECK(strstr(bench.err.text, "not a regular file"));
	end(&bench);
}

static int pipe_of(const char *text)
{
	struct error err = {0};
	int pair[2];

	CHECK_INT(pipe2(pair, O_CLOEXEC), 0);
	CHECK_OK(file_write_all(pair[1], text, strlen(text), &err));
	close(pair[1]);
	return pair[0];
}

TEST(standard_input_is_a_dockerfile_alone)
{
	struct bench bench;
	auto_close int fd = -1;

	begin(&bench);
	fd = pipe_of("FROM piped");
	CHECK_OPEN(open_context(&bench, (struct context_request){.location = "-", .stdin_fd = fd}));
	check_text(&bench, "FROM piped");
	CHECK(!bench.context.ignore && !bench.context.root);
	context_close(&bench.context);
	close(fd);
	fd = pipe_of("FROM piped");
	CHECK_OPEN(
		open_context(&bench, (struct context_request){.dockerfile = "-", .stdin_fd = fd}));
	check_text(&bench, "FROM piped");
	CHECK_INT(ignore_judge(bench.context.ignore, "a.h"), IGNORE_HIDES);
	context_close(&bench.context);
	close(fd);
	fd = pipe_of("FROM piped");
	CHECK_INT(open_context(&bench, (struct context_request){.location = "-",
								.dockerfile = "x",
								.stdin_fd = fd}),
		  -1);
	CHECK(strstr(bench.err.text, "ambiguous"));
	CHECK_INT(open_context(&bench, (struct context_request){.location = "-",
								.dockerfile = "-",
								.stdin_fd = fd}),
		  -1);
	CHECK(strstr(bench.err.text, "can't use stdin for both"));
	end(&bench);
}

TEST(a_named_context_needs_no_dockerfile)
{
	struct bench bench;
	struct context_request request = {0};
	struct error err = {0};

	begin(&bench);
	request.location = bench.path;
	unlinkat(bench.fd, "Dockerfile", 0);
	CHECK_OK(context_open_named(&bench.context, &bench.layout, &request, &bench.staging,
				    &bench.arena, &err));
	CHECK(!bench.context.dockerfile);
	CHECK_INT(ignore_judge(bench.context.ignore, "a.h"), IGNORE_HIDES);
	context_close(&bench.context);
	request.location = "/nosuch/context";
	CHECK_INT(context_open_named(&bench.context, &bench.layout, &request, &bench.staging,
				     &bench.arena, &err),
		  -1);
	CHECK_INT(err.code, ERROR_NOT_FOUND);
	end(&bench);
}
