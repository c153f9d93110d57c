/* SPDX-License-Identifier: Apache-2.0 */
#include "compose/apply/hooks.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "compose/apply/apply_private.h"
#include "compose/apply/hook_tail.h"
#include "compose/apply/interruption.h"
#include "engine/labels.h"

#include <errno.h>

static const struct service *service_of(const struct apply *apply,
					const struct container *container)
{
	return apply->project ? project_find_any_service(apply->project, labels_service(container))
			      : NULL;
}

struct hook_run {
	const struct apply *apply;
	struct apply_output output; /* whose it is */
};

/* One of the hook's two streams. */
struct stream {
	const struct hook_run *run;
	struct hook_tail tail;
	struct strbuf line; /* begun: the other stream's lines must not get into it */
};

static void pass_on(const struct hook_run *run, const char *bytes, size_t length)
{
	struct apply_output piece = run->output;

	piece.bytes = bytes;
	piece.length = length;
	if (run->apply->output)
		run->apply->output(&piece, run->apply->data);
}

static void pass_line_on(struct stream *stream)
{
	pass_on(stream->run, stream->line.text, stream->line.length);
	strbuf_clear(&stream->line);
}

static void take_output(const char *bytes, size_t length, void *data)
{
	struct stream *stream = data;

	hook_tail_add(&stream->tail, bytes, length);
	for (size_t i = 0; i < length; i++) {
		strbuf_add_char(&stream->line, bytes[i]);
		if (bytes[i] == '\n' || stream->line.length == APPLY_OUTPUT_PIECE)
			pass_line_on(stream);
	}
}

static void end_output(struct stream *stream)
{
	if (stream->line.length > 0) {
		strbuf_add_char(&stream->line, '\n');
		pass_line_on(stream);
	}
	strbuf_release(&stream->line);
}

/* What went wrong is said on stderr, if anything is said there. */
static int fail(const struct container *container, const char *kind, int code,
		const struct error *reason, const struct stream streams[2], struct error *err)
{
	auto_strbuf struct strbuf said = {0};

	strbuf_add(&said, reason->text);
	for (int i = 1; i >= 0 && said.length == 0; i--)
		hook_tail_print(&said, &streams[i].tail);
	return error_set(err, ERROR_INVALID, "container %s: %s: %s hook exited with status %d%s%s",
			 container->name, kind, labels_service(container), code,
			 said.length ? ": " : "", strbuf_text(&said));
}

static int run_hook(const struct hook_run *run, const struct container *container,
		    const struct service_hook *hook, const char *kind, struct error *err)
{
	struct stream streams[2] = {{.run = run}, {.run = run}};
	struct container_exec exec = {
		.args = hook->command,
		.env = hook->environment,
		.user = hook->user,
		.working_dir = hook->working_dir,
		.privileged = model_flag(hook->privileged, false),
		.take_output = take_output,
		.patience = 2,
		.cancel_fd = run->apply->cancel_fd,
		.tick = run->apply->tick,
		.tick_data = run->apply->tick_data,
		.output_data = {&streams[0], &streams[1]},
	};
	struct error reason = {0};
	bool is_interrupted = false;
	int code;

	exec.interrupted = &is_interrupted;
	code = container_exec(run->apply->engine, container->id, &exec, &reason);
	end_output(&streams[0]);
	end_output(&streams[1]);
	pass_on(run, NULL, 0);
	if (is_interrupted)
		return error_set(err, ECANCELED, INTERRUPTED);
	if (code < 0)
		return error_set(err, reason.code, "container %s: %s hook: %s", container->name,
				 kind, reason.text);
	return code > 0 ? fail(container, kind, code, &reason, streams, err) : 0;
}

int apply_run_hook(const struct apply *apply, const struct container *container,
		   const struct service_hook *hook, const char *kind, struct error *err)
{
	const struct service *service = service_of(apply, container);
	auto_arena struct arena arena = {0};
	struct hook_run run = {.apply = apply};

	if (!service)
		return 0;
	run.output.service = service->name;
	run.output.container =
		apply_container_name(apply->project, service, labels_number(container), &arena);
	return run_hook(&run, container, hook, kind, err);
}

/* What its container, which has begun to start or stop, waits for. */
static void report_hook(const struct apply *apply, const struct container *container,
			const char *kind)
{
	auto_free char *detail = kind ? alloc_format("waits for %s", kind) : NULL;

	apply_report_container(apply, APPLY_PENDING, container->name, "", detail);
}

static const struct service_hooks *hooks_of(const struct apply *apply,
					    const struct container *container, bool after_start)
{
	const struct service *service = service_of(apply, container);

	return !service ? NULL : after_start ? &service->post_start : &service->pre_stop;
}

bool apply_has_hooks(const struct apply *apply, const struct container *container, bool after_start)
{
	const struct service_hooks *hooks = hooks_of(apply, container, after_start);

	return hooks && hooks->count > 0;
}

int apply_run_hooks(const struct apply *apply, const struct container *container, bool after_start,
		    struct error *err)
{
	const struct service_hooks *hooks = hooks_of(apply, container, after_start);
	const char *kind = after_start ? "post_start" : "pre_stop";
	int result = 0;

	report_hook(apply, container, kind);
	for (size_t i = 0; hooks && i < hooks->count && result == 0; i++)
		result = apply_run_hook(apply, container, &hooks->items[i], kind, err);
	report_hook(apply, container, NULL);
	return result;
}
