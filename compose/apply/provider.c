/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Services with a provider: no containers, but a program that is told "up" and "down" and says in
 * JSON lines what its dependents shall find in their environment. Docker Compose's protocol: a
 * plugin docker-TYPE of the docker command, or TYPE in the PATH, is called as
 *
 *   TYPE compose --project-name=PROJECT up --OPTION=VALUE... SERVICE
 *
 * and writes {"type": "info" | "debug" | "error" | "setenv" | "rawsetenv", "message": TEXT}.
 */
#include "compose/apply/provider.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/json.h"
#include "base/log.h"
#include "base/path.h"
#include "base/process.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "compose/apply/apply_private.h"
#include "compose/apply/plan.h"
#include "compose/apply/provider_metadata.h"
#include "compose/apply/provider_output.h"
#include "compose/model/tree.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct call {
	const struct apply *apply;
	const struct service *service;
	const char *verb;
	json *metadata;	    /* what it says of itself; NULL: nothing */
	struct strvec *env; /* what it sets, "NAME=value" */
	struct strvec *raw; /* those of it that got no prefix */
	struct strbuf output;
	size_t handled; /* bytes of it */
	struct error *err;
};

static char *try_path(const char *directory, size_t length, const char *name)
{
	auto_free char *path = alloc_format("%.*s/%s", (int)length, directory, name);

	return length && *directory == '/' && access(path, X_OK) == 0 ? take_ptr(path) : NULL;
}

/* malloc'ed; NULL with @err. */
static char *find_program(const struct apply *apply, const char *type, struct error *err)
{
	static const char *const plugins[] = {
		"/usr/local/lib/docker/cli-plugins",
		"/usr/local/libexec/docker/cli-plugins",
		"/usr/lib/docker/cli-plugins",
		"/usr/libexec/docker/cli-plugins",
	};
	const char *path = strvec_getenv(apply->project->environment, "PATH");
	auto_free char *plugin = alloc_format("docker-%s", type);
	char *found = NULL;

	if (!path_is_name(type) || strcmp(type, "compose") == 0) {
		error_set(err, ERROR_INVALID, "'%s' cannot be a provider", type);
		return NULL;
	}
	for (size_t i = 0; !found && i < array_length(plugins); i++)
		found = try_path(plugins[i], strlen(plugins[i]), plugin);
	for (path = path ? path : getenv("PATH"); !found && path && *path;) {
		size_t length = strcspn(path, ":");

		found = try_path(path, length, type);
		path += length + (path[length] == ':');
	}
	if (!found)
		error_set(err, ERROR_NOT_FOUND,
			  "there is neither a program '%s' in the PATH nor a plugin '%s'", type,
			  plugin);
	return found;
}

static void add_option(struct strvec *args, const char *name, const struct node *value)
{
	if (node_is_list(value))
		for (unsigned i = 0; i < value->count; i++)
			add_option(args, name, value->items[i]);
	else if (node_text(value))
		strvec_addf(args, "--%s=%s", name, node_text(value));
}

static void add_arguments(struct strvec *args, const struct call *call, const char *program)
{
	const struct node *options = call->service->provider->options;

	strvec_add(args, program);
	strvec_add(args, "compose");
	strvec_addf(args, "--project-name=%s", apply_name(call->apply));
	strvec_add(args, call->verb);
	if (node_is_map(options))
		each_pair (pair, options)
			if (provider_metadata_takes(call->metadata, call->verb, pair->key))
				add_option(args, pair->key, pair->value);
	strvec_add(args, call->service->name);
}

/* ---- what it says ---- */

static int on_info(struct call *call, const char *text)
{
	apply_report(call->apply, APPLY_WORKING, call->service->name, text, NULL);
	return 0;
}

static int on_debug(struct call *call, const char *text)
{
	log_debug("%s: %s", call->service->name, text);
	return 0;
}

static int on_error(struct call *call, const char *text)
{
	return error_set(call->err, ERROR_CONFLICT, "%s", text);
}

/* "raw" variables are kept apart, too: they get no prefix anywhere. */
static int set(struct call *call, const char *text, bool is_raw)
{
	const char *service = is_raw ? NULL : call->service->name;
	auto_strbuf struct strbuf variable = {0};

	if (provider_output_variable(&variable, service, text, call->err) < 0)
		return -1;
	if (call->env)
		strvec_add(call->env, strbuf_text(&variable));
	if (call->raw && is_raw)
		strvec_add(call->raw, text);
	return 0;
}

static int on_setenv(struct call *call, const char *text)
{
	return set(call, text, false);
}

static int on_rawsetenv(struct call *call, const char *text)
{
	return set(call, text, true);
}

static int handle_line(struct call *call, const char *line, size_t length)
{
	static int (*const handlers[])(struct call * call, const char *text) = {
		[PROVIDER_INFO] = on_info,	     [PROVIDER_DEBUG] = on_debug,
		[PROVIDER_ERROR] = on_error,	     [PROVIDER_SETENV] = on_setenv,
		[PROVIDER_RAWSETENV] = on_rawsetenv,
	};
	auto_strbuf struct strbuf text = {0};
	enum provider_word word;

	if (provider_output_read(&word, &text, line, length, call->err) < 0)
		return -1;
	return handlers[word](call, strbuf_text(&text));
}

/* The lines that have come, up to the first one that is wrong or tells of an error. */
static void handle_lines(struct call *call, bool is_over)
{
	while (call->handled < call->output.length && !call->err->text[0]) {
		const char *at = call->output.text + call->handled;
		size_t length = strcspn(at, "\n");

		if (at[length] != '\n' && !is_over)
			return;
		if (length)
			handle_line(call, at, length);
		call->handled += length + 1;
	}
}

/* While it runs. */
static void look(void *data)
{
	struct call *call = data;

	handle_lines(call, false);
	if (call->apply->tick)
		call->apply->tick(call->apply->tick_data);
}

static int run(struct call *call, const char *program)
{
	auto_strvec struct strvec args = {0};
	struct error said = {0}, *err = call->err;
	struct process_watch watch = {
		.look = look, .data = call, .cancel_fd = call->apply->cancel_fd};
	int status;

	add_arguments(&args, call, program);
	call->err = &said;
	status = process_run_watched(args.items, call->apply->project->environment, &call->output,
				     &watch, err);
	handle_lines(call, true);
	strbuf_release(&call->output);
	if (status < 0)
		return -1;
	if (status > 0 && apply_check_cancelled(call->apply, err) < 0)
		return -1;
	if (said.text[0])
		return error_pass(err, &said);
	if (status > 0)
		return error_set(err, ERROR_CONFLICT, "'%s' exited with status %d", program,
				 status);
	return 0;
}

static const struct verb {
	const char *name, *working, *done;
} verbs[] = {
	{"up", "Creating", "Created"},
	{"down", "Removing", "Removed"},
	{"stop", "Stopping", "Stopped"},
};

static const struct verb *find_verb(const char *name)
{
	const struct verb *verb = verbs;

	while (strcmp(verb->name, name) != 0)
		verb++;
	return verb;
}

static int run_reported(struct call *call, const char *program, struct error *err)
{
	const struct verb *verb = find_verb(call->verb);

	call->err = err;
	apply_report(call->apply, APPLY_WORKING, call->service->name, verb->working, NULL);
	if (program && run(call, program) < 0)
		return -1;
	apply_report(call->apply, APPLY_DONE, call->service->name, verb->done, NULL);
	return 0;
}

/* The program is asked first what it knows; without its word it knows up and down. */
static int ask_and_run(struct call *call, struct error *err)
{
	const struct service_provider *provider = call->service->provider;
	auto_free char *program = find_program(call->apply, provider->type, err);
	auto_json json *metadata = NULL;

	if (!program)
		return -1;
	metadata = provider_metadata_ask(program, call->apply->project->environment);
	if (!provider_metadata_has(metadata, call->verb))
		return 0;
	if (provider_metadata_check(metadata, call->verb, provider->type, provider->options, err) <
	    0)
		return -1;
	call->metadata = metadata;
	return run_reported(call, program, err);
}

static int run_for(struct call *call, struct error *err)
{
	const char *name = call->service->name;

	if (call->apply->dry_run)
		return provider_metadata_has(NULL, call->verb) ? run_reported(call, NULL, err) : 0;
	if (ask_and_run(call, err) == 0)
		return 0;
	if (err->code == ECANCELED) {
		apply_report(call->apply, APPLY_SKIPPED, name, "Interrupted", NULL);
		return -1;
	}
	apply_report(call->apply, APPLY_FAILED, name, "Error", err->text);
	return error_wrap(err, "service \"%s\": provider '%s'", name,
			  call->service->provider->type);
}

static void warn_overridden(const struct service *service, const char *provider,
			    const struct strvec *raw)
{
	for (size_t i = 0; i < raw->count; i++) {
		size_t length = strcspn(raw->items[i], "=");

		for (char **own = service->environment; own && *own; own++)
			if (strncmp(*own, raw->items[i], length) == 0 &&
			    strchr("=", (*own)[length]) && strcmp(*own, raw->items[i]) != 0)
				log_warning("provider \"%s\" overrides environment variable "
					    "\"%.*s\" in service \"%s\"",
					    provider, (int)length, raw->items[i], service->name);
	}
}

/* A copy of the service that has @env, too. */
static const struct service *with_environment(const struct service *service,
					      const struct strvec *env, struct arena *arena)
{
	auto_strvec struct strvec all = {0};
	struct service *copy = arena_alloc(arena, sizeof(*copy));

	*copy = *service;
	strvec_add_all(&all, service->environment);
	strvec_merge_env(&all, env->items);
	copy->environment = strvec_copy(&all, arena);
	return copy;
}

static void give_to_dependents(struct plan_selection *selection, const struct call *call,
			       struct arena *arena)
{
	const char *provider = call->service->name;

	for (size_t i = 0; i < selection->count; i++) {
		const struct service *service = selection->services[i].service;

		for (size_t j = 0; j < service->depends_on.count && call->env->count; j++)
			if (strcmp(service->depends_on.items[j].service, provider) == 0) {
				warn_overridden(service, provider, call->raw);
				selection->services[i].service =
					with_environment(service, call->env, arena);
			}
	}
}

int apply_provide(const struct apply *apply, struct plan_selection *selection, struct arena *arena,
		  struct error *err)
{
	for (size_t i = 0; i < selection->count; i++) {
		const struct service *service = selection->services[i].service;
		auto_strvec struct strvec env = {0}, raw = {0};
		struct call call = {
			.apply = apply, .service = service, .verb = "up", .env = &env, .raw = &raw};

		if (!service->provider)
			continue;
		if (apply_check_cancelled(apply, err) < 0 || run_for(&call, err) < 0)
			return -1;
		give_to_dependents(selection, &call, arena);
	}
	return 0;
}

/* Dependents come last in the list, and are gone by now. */
int apply_unprovide(const struct apply *apply, const char *verb, struct arena *arena,
		    struct error *err)
{
	struct plan_selection selection;

	if (!apply->project)
		return 0;
	if (plan_select(&selection, apply->project, apply->services, true, arena, err) < 0)
		return -1;
	for (size_t i = selection.count; i > 0; i--) {
		struct call call = {
			.apply = apply, .service = selection.services[i - 1].service, .verb = verb};

		if (call.service->provider && run_for(&call, err) < 0)
			return -1;
	}
	return 0;
}
