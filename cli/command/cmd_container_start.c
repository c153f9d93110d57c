/* SPDX-License-Identifier: Apache-2.0 */
/* `container start`, `rm` and `wait`: the life of containers that are named. */
#include "base/error.h"
#include "base/strbuf.h"
#include "cli/attaching.h"
#include "cli/container_tasks.h"
#include "cli/exec_options.h"
#include "cli/invocation.h"
#include "cli/nouns.h"
#include "cli/screen/output.h"
#include "cli/table.h"
#include "compose/apply/interruption.h"
#include "engine/attach.h"

struct container_rm_options {
	bool force, volumes;
};

static const struct option_spec rm_options[] = {
	OPTION(BOOL, "force", 'f', container_rm_options, force, "Kill containers that run"),
	OPTION_REFUSED("link", 'l',
		       "links between containers are names of a network here: use 'coracle "
		       "network disconnect'"),
	OPTION(BOOL, "volumes", 'v', container_rm_options, volumes,
	       "Remove anonymous volumes as well"),
	{0},
};

static int remove_one(struct invocation *invocation, const char *name, struct error *err)
{
	const struct container_rm_options *options = invocation->options;
	unsigned flags = (options->force ? CONTAINER_REMOVE_FORCE : 0U) |
			 (options->volumes ? CONTAINER_REMOVE_VOLUMES : 0U);
	struct container container;

	if (container_named(invocation, name, &container, err) < 0)
		return options->force && err->code == ERROR_NOT_FOUND ? 0 : -1;
	if (container_remove(invocation->engine, container.id, flags, err) < 0)
		return -1;
	output_line(name);
	return 0;
}

const struct command cmd_container_rm =
	NOUNS_VERB("rm", FOR_OBJECTS, "CONTAINER...", "Remove containers",
		   EXAMPLE("-f web", "Kill web if it runs, and remove it"), remove_one,
		   COMMAND_OPTIONS(container_rm_options, rm_options));

struct container_start_options {
	bool attach, interactive;
	const char *detach_keys;
};

static const struct option_spec start_options[] = {
	OPTION(BOOL, "attach", 'a', container_start_options, attach,
	       "Show its output, pass signals on, and end with its exit code"),
	OPTION_REFUSED("checkpoint", 0, "there are no checkpoints of processes", .value = "NAME"),
	OPTION_REFUSED("checkpoint-dir", 0, "there are no checkpoints of processes",
		       .value = "DIR"),
	OPTION(STRING, "detach-keys", 0, container_start_options, detach_keys,
	       "Leave the container with these keys", .value = "KEYS", .fallback = "ctrl-p,ctrl-q"),
	OPTION(BOOL, "interactive", 'i', container_start_options, interactive,
	       "Attach as well, and pass input on"),
	{0},
};

static int find_to_start(struct invocation *invocation, const char *name,
			 struct container *container, struct error *err)
{
	if (container_named(invocation, name, container, err) < 0)
		return -1;
	if (container->state.status != CONTAINER_PAUSED)
		return 0;
	return error_set(err, ERROR_CONFLICT,
			 "cannot start a paused container, try unpause instead");
}

static int start_one(struct invocation *invocation, const char *name, struct error *err)
{
	struct container container;

	if (container_named(invocation, name, &container, err) < 0)
		return -1;
	if (container_start(invocation->engine, container.id, err) < 0)
		return error_wrap(err, "cannot start %s", container.name);
	output_line(name);
	return 0;
}

static int start_attached(struct invocation *invocation, struct error *err)
{
	const struct container_start_options *options = invocation->options;
	struct attach_client client = {.ends_input = true};
	struct container container;
	int code;

	invocation_uncatch(invocation);
	invocation->is_at_work = false; /* so far, it is us who refuse */
	if (invocation->argument_count > 1)
		return error_set(err, ERROR_INVALID,
				 "you cannot start and attach multiple containers at once");
	if (exec_detach_keys(invocation, &client.detach_keys, options->detach_keys, err) < 0 ||
	    find_to_start(invocation, invocation->arguments[0], &container, err) < 0 ||
	    attaching_fill(&client, &container, options->interactive, err) < 0)
		return -1;
	invocation->is_at_work = true;
	code = attaching_run(invocation, &client, err);
	return code == ATTACH_DETACHED ? 0 : code;
}

/* Each failure is said, and behind all, as docker does, whose they were. */
static int start_all(struct invocation *invocation, struct error *err)
{
	auto_strbuf struct strbuf failed = {0};

	size_t count = invocation->argument_count, done = 0;

	for (size_t i = 0; i < count; i++) {
		const char *name = invocation->arguments[i];
		struct error reason = {0};

		if (invocation_is_cancelled(invocation))
			return interruption_of_tasks(done, count, 0, "started", err);
		if (start_one(invocation, name, &reason) == 0) {
			done++;
			continue;
		}
		invocation_error(invocation, &reason);
		strbuf_printf(&failed, "%s%s", failed.length ? ", " : "", name);
	}
	if (!failed.length)
		return 0;
	invocation->is_at_work = false;
	return error_set(err, ERROR_CONFLICT, "failed to start containers: %s",
			 strbuf_text(&failed));
}

static int start_run(struct invocation *invocation, struct error *err)
{
	const struct container_start_options *options = invocation->options;

	if (options->attach || options->interactive)
		return start_attached(invocation, err);
	return start_all(invocation, err);
}

const struct command cmd_container_start =
	COMMAND("start", "CONTAINER...", "Start containers that exist",
		EXAMPLE("-a web", "Start web, show its output and end with its exit code"),
		.needs = FOR_OBJECTS, .least = 1, .most = ANY_NUMBER,
		COMMAND_OPTIONS(container_start_options, start_options),
		.goes_on = "'coracle container start' goes on", .run = start_run);

static int wait_one(struct invocation *invocation, const char *name, struct error *err)
{
	struct container container;
	int code;

	if (container_named(invocation, name, &container, err) < 0)
		return -1;
	code = container_wait(invocation->engine, container.id, -1, err);
	if (code < 0)
		return -1;
	output_printf("%d\n", code);
	return output_finish(err);
}

const struct command cmd_container_wait = COMMAND(
	"wait", "CONTAINER...", "Wait until containers have ended and print their exit codes",
	EXAMPLE("job", "Wait for job and print its exit code"),
	.needs = FOR_OBJECTS | CHANGES_NOTHING, COMMAND_EACH(wait_one));
