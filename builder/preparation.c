/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/preparation.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/units.h"
#include "builder/bases.h"
#include "builder/build_private.h"
#include "builder/own_args.h"
#include "builder/platform_args.h"
#include "builder/ssh_keys.h"
#include "builder/tell.h"
#include "builder/watch.h"

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
	build->caller_fd = build->request->cancel_fd > 0 ? build->request->cancel_fd : -1;
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

/* --- what is read ----------------------------------------------------------------------------- */

static int open_context(struct build *build, struct error *err)
{
	const struct build_request *request = build->request;
	struct context_request wanted = {
		.location = request->context,
		.stdin_fd = request->stdin_fd,
		.dockerfile = request->dockerfile,
		.is_from_context = request->is_from_context,
		.hides_own_files = request->hides_own_files,
		.dockerfile_inline = request->dockerfile_inline,
		.transport = build->transport,
		.ssh_auth_socket = build->ssh_auth_socket,
		.keeps_git_directory = own_args_keeps_git_directory(build),
	};
	int64_t begun_ns = units_monotonic_ns();
	int number = tell_begin(build, "[internal] load build context");

	if (context_open(&build->context, &build->engine->layout, &wanted, &build->staging,
			 build->arena, err) < 0) {
		tell_failure(build, number, "[internal] load build context", err);
		return -1;
	}
	watch_source(build, &build->context.source);
	tell_end(build, number, "[internal] load build context", begun_ns);
	return 0;
}

static int read_dockerfile(struct build *build, struct error *err)
{
	const struct context *context = &build->context;

	return dockerfile_parse(&build->dockerfile, context->dockerfile_name, context->dockerfile,
				context->dockerfile_length, build->arena, err);
}

int preparation_open(struct build *build, struct error *err)
{
	if (staging_open(&build->staging, &build->engine->layout, err) < 0 ||
	    ssh_keys_open(build, err) < 0)
		return -1;
	take_request(build);
	if (build_hold_open(build->hold, &build->engine->layout, err) < 0 ||
	    open_context(build, err) < 0 || read_dockerfile(build, err) < 0 ||
	    platform_args_globals(build, &build->plan.globals, err) < 0)
		return -1;
	return read_epoch(build, err);
}

void preparation_close(struct build *build)
{
	bases_release(build);
	if (build->context.fd >= 0)
		context_close(&build->context);
	ssh_keys_close(build);
	staging_close(&build->staging);
	build_hold_close(build->hold);
}
