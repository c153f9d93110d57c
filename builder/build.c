/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/build.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "base/units.h"
#include "builder/bases.h"
#include "builder/build_private.h"
#include "builder/describe.h"
#include "builder/image_document.h"
#include "builder/output.h"
#include "builder/platform_args.h"
#include "builder/schedule.h"
#include "builder/tell.h"
#include "builder/warnings.h"

/* --- what the caller gave --------------------------------------------------------------------- */

static void take_args(struct build *build)
{
	const struct build_request *request = build->request;
	const char *epoch = getenv("SOURCE_DATE_EPOCH");

	if (epoch)
		pair_set(&build->args, &build->arg_count, (struct pair){"SOURCE_DATE_EPOCH", epoch},
			 build->arena);
	for (size_t i = 0; i < request->arg_count; i++) {
		struct pair arg = request->args[i];

		if (!arg.value)
			arg.value = getenv(arg.name);
		if (arg.value)
			pair_set(&build->args, &build->arg_count, arg, build->arena);
	}
	build->proxies = scope_proxies(build->args, build->arg_count, build->arena);
}

static const char *agent_socket(const struct build_request *request)
{
	for (size_t i = 0; i < request->ssh_count; i++)
		if (strcmp(request->ssh[i].id, "default") == 0)
			return request->ssh[i].path ? request->ssh[i].path
						    : getenv("SSH_AUTH_SOCK");
	return NULL;
}

static void take_request(struct build *build)
{
	auto_free char *transport = engine_helper_path("transport", NULL);

	build->transport = arena_string(build->arena, transport);
	build->ssh_auth_socket = agent_socket(build->request);
	build->platform = platform_full_name(build->request->platform, build->arena);
	build->watches_cancel = build->request->cancel_fd > 0;
	take_args(build);
}

static int read_epoch(struct build *build, struct error *err)
{
	const char *text = pair_find(build->args, build->arg_count, "SOURCE_DATE_EPOCH");

	if (!text)
		text = scope_get(&build->plan.globals, "SOURCE_DATE_EPOCH");
	if (!text || !*text)
		return 0;
	build->has_epoch = true;
	if (units_parse_int(&build->epoch_s, text, 0, INT64_MAX / 2, err) < 0)
		return error_wrap(err, "invalid SOURCE_DATE_EPOCH: %s", text);
	return 0;
}

/* --- the steps of a build --------------------------------------------------------------------- */

static int open_context(struct build *build, struct error *err)
{
	const struct build_request *request = build->request;
	struct context_request wanted = {
		.location = request->context,
		.stdin_fd = request->stdin_fd,
		.dockerfile = request->dockerfile,
		.is_from_context = request->is_from_context,
		.dockerfile_inline = request->dockerfile_inline,
		.transport = build->transport,
		.ssh_auth_socket = build->ssh_auth_socket,
	};
	int64_t begun_ns = units_monotonic_ns();
	int number = tell_begin(build, "[internal] load build context");

	if (context_open(&build->context, &build->engine->layout, &wanted, &build->staging,
			 build->arena, err) < 0) {
		tell_failure(build, number, "[internal] load build context", err);
		return -1;
	}
	tell_end(build, number, "[internal] load build context", begun_ns);
	return 0;
}

static int read_dockerfile(struct build *build, struct error *err)
{
	const struct context *context = &build->context;

	return dockerfile_parse(&build->dockerfile, context->dockerfile_name, context->dockerfile,
				context->dockerfile_length, build->arena, err);
}

static int plan(struct build *build, struct error *err)
{
	if (platform_args_globals(build, &build->plan.globals, err) < 0 ||
	    read_epoch(build, err) < 0 || plan_make(build, err) < 0)
		return -1;
	for (size_t i = 0; i < build->plan.count; i++) {
		struct stage *stage = build->plan.stages[i];
		char **filter = build->request->no_cache_filter;

		stage->is_uncached = build->request->no_cache;
		for (; filter && *filter; filter++)
			stage->is_uncached |= stage->name && strcmp(stage->name, *filter) == 0;
	}
	return 0;
}

static void heal(struct build *build)
{
	run_heal(build->engine);
}

static void tell_bases(const struct build *build)
{
	for (size_t i = 0; i < build->plan.count; i++) {
		const struct stage *stage = build->plan.stages[i];

		if (stage->from_number > 0)
			tell_event(build, &(struct build_event){.kind = BUILD_STEP_CACHED,
								.step = stage->from_number,
								.name = stage->from_name});
	}
}

static int carry_out(struct build *build, struct error *err)
{
	heal(build);
	tell_bases(build);
	return schedule_run(build, err);
}

static int (*const phases[])(struct build *build, struct error *err) = {
	open_context,	 read_dockerfile, plan,	     warnings_tell,	    bases_resolve,
	describe_stages, warnings_unused, carry_out, image_document_finish, output_write,
};

static int run(struct build *build, struct error *err)
{
	take_request(build);
	if (output_check(build, err) < 0)
		return -1;
	for (size_t i = 0; i < array_length(phases); i++)
		if (phases[i](build, err) < 0)
			return -1;
	return 0;
}

static void take_document(const struct build *build)
{
	auto_strbuf struct strbuf text = {0};

	json_print_exact(&text, build->plan.target->document);
	build->result->document = arena_string(build->arena, strbuf_text(&text));
}

int build_run(struct engine *engine, const struct build_request *request,
	      struct build_result *result, struct arena *arena, struct error *err)
{
	auto_build_hold struct build_hold hold = {.fd = -1};
	struct build build = {
		.engine = engine,
		.request = request,
		.arena = arena,
		.result = result,
		.hold = &hold,
		.staging = STAGING_CLOSED,
		.context = {.fd = -1},
		.cancel_fd = -1,
	};
	int done;

	*result = (struct build_result){0};
	if (staging_open(&build.staging, &engine->layout, err) < 0 ||
	    build_hold_open(&hold, &engine->layout, err) < 0) {
		staging_close(&build.staging);
		return -1;
	}
	done = run(&build, err);
	if (done == 0)
		take_document(&build);
	bases_release(&build);
	if (build.context.fd >= 0)
		context_close(&build.context);
	staging_close(&build.staging);
	return done;
}
