/* SPDX-License-Identifier: Apache-2.0 */
/* `rm`: removes stopped containers of services, asks before. */
#include "base/error.h"
#include "base/strbuf.h"
#include "cli/invocation.h"
#include "cli/question.h"
#include "cli/screen/filter.h"
#include "cli/screen/output.h"

#include <string.h>
#include <unistd.h>

struct rm_options {
	bool force, stop, volumes, all;
};

static const struct option_spec rm_options[] = {
	OPTION(BOOL, "force", 'f', rm_options, force, "Do not ask for confirmation"),
	OPTION(BOOL, "stop", 's', rm_options, stop,
	       "Stop containers that run before they are removed"),
	OPTION(BOOL, "volumes", 'v', rm_options, volumes, "Remove anonymous volumes as well"),
	OPTION(BOOL, "all", 'a', rm_options, all, "Has no effect any more", .is_hidden = true),
	{0},
};

static bool ask(const struct container_list *list, bool with_running)
{
	auto_strbuf struct strbuf text = {0};

	strbuf_add(&text, "Going to remove");
	for (size_t i = 0; i < list->count; i++) {
		const struct container *container = &list->items[i];

		if (!with_running && container_is_live(container))
			continue;
		strbuf_add_char(&text, ' ');
		filter_text(&text, container->name, strlen(container->name));
	}
	strbuf_add(&text, "\nAre you sure? [yN] ");
	return question_ask(strbuf_text(&text));
}

static int rm_run(struct invocation *invocation, struct error *err)
{
	const struct rm_options *options = invocation->options;
	struct apply apply = invocation_apply(invocation);
	struct container_list list;
	size_t count = 0;

	if (invocation_list(invocation, apply.services, true, &list, err) < 0)
		return -1;
	for (size_t i = 0; i < list.count; i++)
		count += options->stop || !container_is_live(&list.items[i]);
	if (count == 0) {
		invocation_say(invocation, "No stopped containers");
		return 0;
	}
	if (!options->force && !apply.dry_run && !ask(&list, options->stop))
		return 0;
	return apply_remove(&apply, options->stop, options->volumes, err);
}

const struct command cmd_rm =
	COMMAND("rm", "[SERVICE...]", "Remove stopped containers of services",
		EXAMPLE("-sf web", "Stop the containers of web and remove them without a question"),
		.needs = FOR_SERVICES | SERVICE_ARGUMENTS | NEEDS_LOCK | HAS_DRY_RUN,
		.most = ANY_NUMBER, COMMAND_OPTIONS(rm_options, rm_options),
		.goes_on = "'coracle compose rm' goes on", .run = rm_run);
