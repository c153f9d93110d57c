/* SPDX-License-Identifier: Apache-2.0 */
/* `cp` and `container cp`: which side is the container, which is a path or a stream. */
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "cli/files.h"
#include "cli/invocation.h"
#include "cli/screen/output.h"
#include "cli/service_arguments.h"
#include "cli/table.h"
#include "cli/unknown.h"
#include "engine/container_files.h"
#include "engine/labels.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

struct cp_options {
	bool all, archive, follow_link, quiet;
	int index;
};

#define COMMON                                                                                     \
	OPTION(BOOL, "archive", 'a', cp_options, archive,                                          \
	       "Keep owners and groups instead of root"),                                          \
		OPTION(BOOL, "follow-link", 'L', cp_options, follow_link,                          \
		       "Follow a symbolic link that is the source")

static const struct option_spec service_options[] = {
	OPTION(BOOL, "all", 0, cp_options, all, "Include containers of 'run'"),
	COMMON,
	OPTION(INT, "index", 0, cp_options, index, "Choose only the replica with this number",
	       .value = "N"),
	{0},
};

static const struct option_spec container_options[] = {
	COMMON,
	OPTION(BOOL, "quiet", 'q', cp_options, quiet, "Do not say what was copied"),
	{0},
};

/* What the two arguments say. */
struct request {
	const char *holder; /* the service or container */
	bool is_out;
	struct container_copy copy;
};

/* "NAME:PATH"; NULL: a local path. One with a colon is written "./a:b" or "/a:b". */
static const char *split_holder(struct invocation *invocation, const char *text, const char **path)
{
	const char *colon = strchr(text, ':');

	if (*text == '/' || *text == '.' || !colon || colon == text)
		return NULL;
	*path = colon + 1;
	return arena_string_n(invocation->arena, text, (size_t)(colon - text));
}

static int read_words(struct invocation *invocation, struct request *request, struct error *err)
{
	const struct cp_options *options = invocation->options;
	const char *source = invocation->arguments[0], *target = invocation->arguments[1];
	const char *from_path = NULL, *to_path = NULL;
	const char *from = split_holder(invocation, source, &from_path);
	const char *to = split_holder(invocation, target, &to_path);
	const char *local = from ? target : source;

	if (from && to)
		return error_set(err, ERROR_UNSUPPORTED,
				 "both are in containers: copy to a local file first, or pipe one "
				 "'cp … -' into another");
	if (!from && !to)
		return error_set(err, ERROR_INVALID,
				 "neither '%s' nor '%s' is NAME:PATH in a container", source,
				 target);
	*request = (struct request){
		.holder = from ? from : to,
		.is_out = from != NULL,
		.copy =
			{
				.path = from ? from_path : to_path,
				.local = strcmp(local, "-") == 0 ? NULL : local,
				.stream_fd = -1,
				.keeps_owner = options->archive,
				.follows_link = options->follow_link,
			},
	};
	/* Once, however many containers it goes to. */
	if (to && request->copy.local &&
	    faccessat(AT_FDCWD, local, F_OK, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT)
		return error_errno(err, "cannot copy '%s'", local);
	if (!*request->copy.path)
		return error_set(err, ERROR_INVALID, "'%s:' lacks a path", request->holder);
	return 0;
}

static int read_request(struct invocation *invocation, struct request *request, struct error *err)
{
	if (read_words(invocation, request, err) < 0)
		return error_state(err, FACT_OF_CLIENT, NULL, NULL);
	return 0;
}

static int copy_out(struct invocation *invocation, const struct container *container,
		    struct request *request, struct error *err)
{
	if (!request->copy.local && output_is_terminal(STDOUT_FILENO))
		return error_set(err, ERROR_INVALID,
				 "standard output is a terminal: a tar archive cannot go there");
	request->copy.stream_fd = STDOUT_FILENO;
	return container_copy_out(invocation->engine, container->id, &request->copy, err);
}

static int copy_in(struct invocation *invocation, const struct container *container,
		   struct request *request, struct error *err)
{
	auto_close int fd = -1;

	if (!request->copy.local) {
		fd = files_open_input("-", err);
		if (fd < 0)
			return -1;
	}
	request->copy.stream_fd = fd;
	return container_copy_in(invocation->engine, container->id, &request->copy, err);
}

static bool is_meant(const struct container *container, const struct cp_options *options)
{
	return options->index == 0 ||
	       (!labels_is_one_off(container) && labels_number(container) == options->index);
}

/* Into every replica; all that can be done is done. */
static int copy_to_replicas(struct invocation *invocation, struct request *request,
			    struct error *err)
{
	const struct cp_options *options = invocation->options;
	struct container_choice choice = {.service = request->holder, .index = options->index};
	char *services[] = {(char *)request->holder, NULL};
	struct container_list list;
	size_t count = 0;
	int code = 0;

	if (invocation_list(invocation, services, options->all && options->index == 0, &list, err) <
	    0)
		return -1;
	for (size_t i = 0; i < list.count; i++)
		if (is_meant(list.items + i, options))
			list.items[count++] = list.items[i];
	if (count == 0)
		return unknown_container(&choice, &list, err);
	if (count > 1 && !request->copy.local)
		return error_set(err, ERROR_INVALID,
				 "service \"%s\" has %zu containers, but standard input can be "
				 "read once: name one with --index",
				 request->holder, count);
	if (count == 1)
		return copy_in(invocation, list.items, request, err);
	for (size_t i = 0; i < count; i++) {
		struct error problem = {0};

		if (copy_in(invocation, list.items + i, request, &problem) < 0) {
			invocation_error(invocation, &problem);
			code = 1;
		}
	}
	return code;
}

static int cp_run(struct invocation *invocation, struct error *err)
{
	const struct cp_options *options = invocation->options;
	struct container_choice choice = {.index = options->index};
	struct container container;
	struct request request;

	if (read_request(invocation, &request, err) < 0 ||
	    service_argument_check(invocation, request.holder, err) < 0)
		return -1;
	if (!request.is_out)
		return copy_to_replicas(invocation, &request, err);
	choice.service = request.holder;
	if (invocation_choose(invocation, &choice, &container, err) < 0)
		return -1;
	return copy_out(invocation, &container, &request, err);
}

const struct command cmd_cp = COMMAND(
	"cp", "SERVICE:PATH PATH|- | PATH|- SERVICE:PATH",
	"Copy files between this host and containers of a service",
	EXAMPLE("web:/etc/nginx/nginx.conf .",
		"Copy the file from the first container of web to this directory"),
	.needs = FOR_SERVICES, .least = 2, .most = 2, COMMAND_OPTIONS(cp_options, service_options),
	.last_words = "interrupted: not all is copied; 'coracle compose cp' begins again",
	.run = cp_run);

/* Docker says so where somebody watches. */
static void say_copied(struct invocation *invocation, const struct request *request)
{
	const struct cp_options *options = invocation->options;
	auto_strbuf struct strbuf text = {0};

	if (options->quiet || !request->copy.local || !output_is_terminal(STDOUT_FILENO))
		return;
	strbuf_printf(&text, "Successfully copied to %s", invocation->arguments[1]);
	invocation_say(invocation, strbuf_text(&text));
}

static int container_cp_run(struct invocation *invocation, struct error *err)
{
	struct container container;
	struct request request;

	if (read_request(invocation, &request, err) < 0 ||
	    container_find_healed(invocation->engine, request.holder, &container, invocation->arena,
				  err) < 0)
		return -1;
	if ((request.is_out ? copy_out(invocation, &container, &request, err)
			    : copy_in(invocation, &container, &request, err)) < 0)
		return -1;
	say_copied(invocation, &request);
	return 0;
}

const struct command cmd_container_cp = COMMAND(
	"cp", "CONTAINER:PATH PATH|- | PATH|- CONTAINER:PATH",
	"Copy files between this host and a container",
	EXAMPLE("./site/. web:/usr/share/nginx/html", "Copy what is in site into the container"),
	.needs = FOR_OBJECTS, .least = 2, .most = 2, COMMAND_OPTIONS(cp_options, container_options),
	.last_words = "interrupted: not all is copied; 'coracle container cp' begins again",
	.run = container_cp_run);
