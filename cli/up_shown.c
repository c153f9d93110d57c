/* SPDX-License-Identifier: Apache-2.0 */
/* Which containers an attached `up` shows, and for which it stays. */
#include "base/arena.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "cli/log_show.h"
#include "cli/screen/output.h"
#include "cli/up_attached_private.h"
#include "cli/up_menu.h"
#include "engine/labels.h"
#include "engine/log_view.h"

#include <string.h>

/* Asked for on the command line, or all. */
static bool is_selected(const struct invocation *invocation, const char *service)
{
	if (invocation->argument_count == 0)
		return true;
	for (size_t i = 0; i < invocation->argument_count; i++)
		if (strcmp(invocation->arguments[i], service) == 0)
			return true;
	return false;
}

bool up_shown_has(const struct attached *attached, const char *name)
{
	const struct up_attached *options = attached->options;
	const struct service *service = project_find_service(attached->invocation->project, name);

	if (!service || strvec_contains(&options->no_attach, name))
		return false;
	if (options->attach.count > 0)
		return strvec_contains(&options->attach, name);
	if (!model_flag(service->attach, true))
		return false;
	return options->attach_dependencies || is_selected(attached->invocation, name);
}

static int add_container(struct attached *attached, struct log_view *view,
			 struct container *container, struct error *err)
{
	struct invocation *invocation = attached->invocation;
	const char *name = labels_service(container);
	const struct service *service = project_find_service(invocation->project, name);
	bool shown = up_shown_has(attached, name), awaited = is_selected(invocation, name);

	if (!service || (!shown && !awaited))
		return 0;
	if (attached->is_killing && container_is_live(container))
		container_kill(invocation->engine, container->id, "KILL", NULL);
	/* One that takes another's place has a temporary name at first. */
	container->name = apply_container_name(invocation->project, service,
					       labels_number(container), invocation->arena);
	return log_view_add(view, container,
			    !shown    ? LOG_VIEW_AWAITED
			    : awaited ? LOG_VIEW_BOTH
				      : LOG_VIEW_SHOWN,
			    err);
}

/* Called again and again for as long as we stay, so its memory must go. */
int up_shown_look(struct log_view *view, void *data, struct error *err)
{
	struct attached *attached = data;
	struct invocation *invocation = attached->invocation;
	struct arena *outer = invocation->arena;
	auto_arena struct arena arena = {0};
	struct container_list list;
	int result;

	invocation->arena = &arena;
	result = invocation_list(invocation, NULL, false, &list, err);
	for (size_t i = 0; result == 0 && i < list.count; i++) {
		container_heal(invocation->engine, list.items[i].id);
		result = add_container(attached, view, &list.items[i], err);
	}
	invocation->arena = outer;
	return result;
}

void up_shown_say(struct attached *attached)
{
	auto_strbuf struct strbuf text = {0};
	struct container_list list;
	struct error err = {0};
	const char *separator = "Attaching to ";

	if (attached->has_said_attaching ||
	    invocation_list(attached->invocation, NULL, false, &list, &err) < 0)
		return;
	attached->has_said_attaching = true;
	for (size_t i = 0; i < list.count; i++) {
		if (!up_shown_has(attached, labels_service(&list.items[i])))
			continue;
		strbuf_printf(
			&text, "%s%s", separator,
			log_show_label(list.items[i].name, attached->invocation->project_name));
		separator = ", ";
	}
	if (text.length == 0)
		return;
	progress_hide(attached->invocation->progress);
	up_menu_hide(attached->menu);
	output_line(text.text);
	output_finish(NULL);
}

void up_shown_expect(struct attached *attached)
{
	const struct project *project = attached->invocation->project;

	for (size_t i = 0; i < project->services.count; i++) {
		const struct service *service = &project->services.items[i];
		const char *name =
			apply_container_name(project, service, (int)project_replicas(service),
					     attached->invocation->arena);

		/* What a provider provides is no container. */
		if (!service->provider && up_shown_has(attached, service->name))
			log_show_expect(attached->show, name, project->name);
	}
}

void up_shown_error(const struct attached *attached, const struct error *err)
{
	up_menu_hide(attached->menu);
	invocation_error(attached->invocation, err);
}
