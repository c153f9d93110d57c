/* SPDX-License-Identifier: Apache-2.0 */
/* `start`: containers that exist, in the order of their dependencies. */
#include "base/arena.h"
#include "base/error.h"
#include "base/strvec.h"
#include "cli/invocation.h"
#include "engine/labels.h"

#include <string.h>

struct start_options {
	bool wait;
	int64_t wait_timeout_ns;
};

static const struct option_spec start_options[] = {
	OPTION(BOOL, "wait", 0, start_options, wait, "wait until services are running or healthy"),
	OPTION(SECONDS, "wait-timeout", 0, start_options, wait_timeout_ns,
	       "how long to wait for that"),
	{0},
};

static char **services_of(struct invocation *invocation, const struct container_list *list)
{
	char **names = arena_array(invocation->arena, list->count + 1, sizeof(char *));
	size_t count = 0;

	for (size_t i = 0; i < list->count; i++) {
		const char *name = labels_service(&list->items[i]);
		size_t j = 0;

		while (j < count && strcmp(names[j], name) != 0)
			j++;
		if (j == count)
			names[count++] = arena_string(invocation->arena, name);
	}
	return names;
}

/* With -p alone: the order of the start stands in the compose files, and the containers' labels say
 * which those are. */
static int load_from_labels(struct invocation *invocation, struct apply *apply,
			    struct project *project, struct error *err)
{
	auto_strvec struct strvec files = {0};
	struct project_request request = {.name = invocation->project_name};
	struct container_list list;
	const char *at;

	if (invocation_list(invocation, NULL, false, &list, err) < 0)
		return -1;
	at = list.count > 0 ? container_label(&list.items[0], LABEL_CONFIG_FILES) : NULL;
	if (!at || !*at)
		return error_set(err, ERROR_NOT_FOUND, "project \"%s\" has no container to start",
				 invocation->project_name);
	for (;; at += strcspn(at, ",") + 1) {
		strvec_add_n(&files, at, strcspn(at, ","));
		if (!strchr(at, ','))
			break;
	}
	globals_project_request(invocation->globals, &request);
	/* What has containers is what there is to start, whatever its profile. */
	if (!apply->services)
		apply->services = services_of(invocation, &list);
	request.files = files.items;
	request.services = apply->services;
	if (!request.directory)
		request.directory = container_label(&list.items[0], LABEL_WORKING_DIR);
	if (project_load(project, &request, invocation->arena, NULL, err) < 0)
		return error_wrap(err, "cannot start the project '%s' without its compose files",
				  invocation->project_name);
	apply->project = project;
	return 0;
}

static int start_run(struct invocation *invocation, struct error *err)
{
	const struct start_options *options = invocation->options;
	struct apply apply = invocation_apply(invocation);
	struct project project = {0};
	int64_t limit_ns = options->wait_timeout_ns > 0 ? options->wait_timeout_ns : 0;

	if (!apply.project && load_from_labels(invocation, &apply, &project, err) < 0)
		return -1;
	return apply_start(&apply, options->wait, limit_ns, err);
}

const struct command cmd_start = COMMAND(
	"start", "[SERVICE...]", "start existing containers of services",
	.needs = NEEDS_ROOT | NEEDS_ENGINE | NEEDS_MONITORS | NEEDS_PROJECT | NEEDS_LOCK |
		 SERVICE_ARGUMENTS | HAS_DRY_RUN,
	.most = ANY_NUMBER, COMMAND_OPTIONS(start_options, start_options), .run = start_run);
