/* SPDX-License-Identifier: Apache-2.0 */
/* What is wanted is written first; then apply_up makes it so, and how that ended is written. */
#include "compose/stack/stack_change.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "compose/apply/apply.h"
#include "compose/model/project.h"
#include "compose/stack/stack_private.h"
#include "compose/stack/stack_tasks_private.h"
#include "engine/engine.h"

#include <string.h>

static const char updating[] = "updating", rolling_back[] = "rollback_started";

static const struct layout *layout_of(const struct stack_change *change)
{
	return &change->apply->engine->layout;
}

/* ------------------------------------------------------------------ states */

static const char *state_of(const struct stack *stack, const char *service)
{
	return json_string(json_path(stack->document, "services", service, "update", NULL), "state",
			   "");
}

/* Changed, and not yet made so: by a command that was killed, or by this one. */
static bool is_unfinished(const struct stack *stack, const char *service)
{
	return json_flag(json_path(stack->document, "services", service, NULL), "unfinished",
			 false);
}

static bool is_updating(const struct stack *stack, const char *service)
{
	const char *state = state_of(stack, service);

	return strcmp(state, updating) == 0 || strcmp(state, rolling_back) == 0;
}

static void begin(struct stack *stack, const char *service, const char *state, const char *message)
{
	json *update = json_new_object();

	json_set_string(update, "state", state);
	stack_set_now(update, "started");
	json_set_string(update, "message", message);
	json_set(stack_record(stack, service), "update", update);
}

static void finish(struct stack *stack, const char *service, const char *state, const char *message)
{
	json *record = stack_record(stack, service), *update = stack_object(record, "update");

	stack_drop(record, "unfinished");
	json_set_string(update, "state", state);
	stack_set_now(update, "completed");
	json_set_string(update, "message", message);
}

/* Of a manual rollback, ends have names of their own. */
static void finish_well(struct stack *stack, const char *service)
{
	bool back = strcmp(state_of(stack, service), rolling_back) == 0;

	finish(stack, service, back ? "rollback_completed" : "completed",
	       back ? "rollback completed" : "update completed");
}

static void finish_paused(struct stack *stack, const char *service, const char *why)
{
	bool back = strcmp(state_of(stack, service), rolling_back) == 0;

	finish(stack, service, back ? "rollback_paused" : "paused", why);
}

/* The model is what runs: the one before. */
static void finish_rolled_back(struct stack *stack, const char *service, const char *why)
{
	json *record = stack_record(stack, service);

	if (json_get(record, "previous"))
		json_set(stack_services(stack), service, stack_copy(json_get(record, "previous")));
	stack_drop(record, "previous");
	finish(stack, service, "rollback_completed", why);
}

enum stack_end stack_update_end(const struct stack *stack, const char *service,
				const char **message)
{
	const char *state = state_of(stack, service);

	*message = json_string(json_path(stack->document, "services", service, "update", NULL),
			       "message", "");
	if (strcmp(state, "paused") == 0 || strcmp(state, "rollback_paused") == 0)
		return STACK_PAUSED;
	return strcmp(state, "rollback_completed") == 0 ? STACK_ROLLED_BACK : STACK_COMPLETED;
}

/* ------------------------------------------------------------------ carrying out */

struct carrying {
	struct stack_change *change;
	size_t ended; /* services whose update came to an end of its own */
};

static const char *service_of(const struct stack *stack, const struct apply_event *event)
{
	static const char prefix[] = "Service ";

	if (strncmp(event->object, prefix, strlen(prefix)) != 0)
		return NULL;
	return json_get(stack_services(stack), event->object + strlen(prefix))
		       ? event->object + strlen(prefix)
		       : NULL;
}

/* apply_roll tells which update has failed, and what became of it. */
static void note_event(const struct apply_event *event, void *data)
{
	struct carrying *carrying = data;
	struct stack_change *change = carrying->change;
	const char *service = service_of(change->stack, event);
	const char *why = event->detail ? event->detail : "";

	if (service && strcmp(event->action, "Rolled back") == 0)
		finish_rolled_back(change->stack, service, why);
	else if (service && event->kind == APPLY_FAILED)
		finish_paused(change->stack, service, why);
	carrying->ended += service != NULL;
	if (change->apply->progress)
		change->apply->progress(event, change->apply->data);
}

/* A rollback goes by its own settings. */
static void use_rollback_config(struct project *project, const struct stack *stack)
{
	for (size_t i = 0; i < project->services.count; i++) {
		struct service *service = &project->services.items[i];

		if (strcmp(state_of(stack, service->name), rolling_back) == 0 &&
		    service->deploy->rollback_config)
			service->deploy->update_config = service->deploy->rollback_config;
	}
}

static int apply_once(struct carrying *carrying, const struct strvec *services, struct error *err)
{
	const struct stack_change *change = carrying->change;
	struct apply apply = *change->apply;
	struct apply_up up = {
		.no_deps = services->count > 0,
		.timeout_ns = -1,
		.remove_orphans = true,
	};
	struct project project;

	if (stack_project(&project, change->stack, change->arena, err) < 0)
		return -1;
	use_rollback_config(&project, change->stack);
	apply.project = &project;
	apply.project_name = project.name;
	apply.services = services->count ? services->items : NULL;
	apply.progress = note_event;
	apply.data = carrying;
	return apply_up(&apply, &up, err);
}

static void list_unfinished(const struct stack *stack, struct strvec *services)
{
	json_each (name, service, stack_services(stack)) {
		(void)service;
		if (is_unfinished(stack, name) && !strvec_contains(services, name))
			strvec_add(services, name);
	}
}

/* One service whose update fails keeps no other from its own. */
static int apply_all(struct carrying *carrying, struct strvec *services, struct error *err)
{
	struct error first = {0}, reason;
	int result = 0;

	for (;;) {
		reason = (struct error){0};
		carrying->ended = 0;
		if (apply_once(carrying, services, &reason) == 0)
			break;
		if (result == 0)
			first = reason;
		result = -1;
		strvec_release(services);
		list_unfinished(carrying->change->stack, services);
		if (!carrying->ended || !services->count)
			break;
	}
	if (result < 0)
		error_pass(err, &first);
	return result;
}

static void settle(struct stack *stack, int result, const struct error *why)
{
	auto_strvec struct strvec services = {0};

	list_unfinished(stack, &services);
	strvec_each (service, &services) {
		if (!is_updating(stack, *service))
			stack_drop(stack_record(stack, *service), "unfinished");
		else if (result == 0)
			finish_well(stack, *service);
		else
			finish_paused(stack, *service, why->text);
	}
}

static int carry_out(struct stack_change *change, struct strvec *services, struct error *err)
{
	struct carrying carrying = {.change = change};
	struct stack_tasks_seen seen;
	struct error reason = {0}, ignored = {0};
	int result;

	if (stack_tasks_look(&seen, change, err) < 0)
		return -1;
	result = apply_all(&carrying, services, &reason);
	settle(change->stack, result, &reason);
	stack_tasks_note(&seen, change);
	if (stack_save(change->stack, layout_of(change), result < 0 ? &ignored : err) < 0)
		return -1;
	return result < 0 ? error_pass(err, &reason) : 0;
}

/* ------------------------------------------------------------------ writing down */

/* @model as the loader has it: checked, complete, in one form. */
static int make_canonical(struct stack *next, struct arena *arena, struct error *err)
{
	auto_strbuf struct strbuf text = {0};
	struct project project;
	json *model;

	if (stack_read_model(&project, next, arena, err) < 0)
		return -1;
	project_print(&text, &project, PROJECT_JSON);
	model = json_parse(strbuf_text(&text), text.length, "the model", err);
	if (!model)
		return -1;
	json_set(next->document, "model", model);
	return 0;
}

static json *without_replicas(const json *service)
{
	json *copy = stack_copy(service);

	stack_drop(copy, "scale");
	stack_drop(json_get(copy, "deploy"), "replicas");
	return copy;
}

static bool has_same_tasks(const json *a, const json *b)
{
	auto_json json *x = without_replicas(a), *y = without_replicas(b);

	return json_object_equal(x, y);
}

static void note_new(struct stack_change *change, const char *service)
{
	json *record = stack_record(change->stack, service);

	json_set_string(record, "id", stack_new_id(change->arena));
	stack_set_now(record, "created");
	stack_set_now(record, "updated");
	json_set_int(record, "version", 1);
	json_set_bool(record, "unfinished", true);
	strvec_add(&change->created, service);
}

static void note_changed(struct stack_change *change, const char *service, const json *before,
			 const char *state)
{
	json *record = stack_record(change->stack, service);
	const json *now = json_get(stack_services(change->stack), service);

	stack_set_now(record, "updated");
	json_set_int(record, "version", json_int(record, "version", 0) + 1);
	json_set(record, "previous", stack_copy(before));
	json_set_bool(record, "unfinished", true);
	if (!has_same_tasks(before, now))
		begin(change->stack, service, state,
		      state == updating ? "update in progress" : "manually requested rollback");
}

/* The services of @old against those of the stack's new model. */
static void note_differences(struct stack_change *change, const struct stack *old,
			     const char *state)
{
	json_each (name, service, stack_services(change->stack)) {
		json *before = json_get(stack_services(old), name);

		if (!before)
			note_new(change, name);
		else if (!json_object_equal(before, service))
			note_changed(change, name, before, state);
	}
}

static void drop_records(struct stack *stack)
{
	auto_strvec struct strvec gone = {0};

	json_each (name, record, stack_object(stack->document, "services")) {
		(void)record;
		if (!json_get(stack_services(stack), name))
			strvec_add(&gone, name);
	}
	strvec_each (service, &gone)
		stack_drop(json_get(stack->document, "services"), *service);
}

static int write_down(struct stack_change *change, const json *model, const char *state,
		      struct error *err)
{
	struct stack *stack = change->stack;
	auto_stack struct stack old = {stack->name, stack_copy(stack->document)};

	json_set(stack->document, "model", stack_copy(model));
	if (make_canonical(stack, change->arena, err) < 0) {
		json_set(stack->document, "model", stack_copy(stack_model(&old)));
		return -1;
	}
	note_differences(change, &old, state);
	drop_records(stack);
	return stack_save(stack, layout_of(change), err);
}

static int change_to(struct stack_change *change, const json *model, const char *state,
		     struct error *err)
{
	auto_strvec struct strvec services = {0};

	if (stack_check_containers(change, err) < 0 || write_down(change, model, state, err) < 0)
		return -1;
	if (change->begun && !change->begun(change, change->data))
		return 0;
	strvec_add_all(&services, change->services);
	if (services.count)
		list_unfinished(change->stack, &services);
	return carry_out(change, &services, err);
}

int stack_change(struct stack_change *change, const json *model, struct error *err)
{
	return change_to(change, model, updating, err);
}

int stack_roll_back(struct stack_change *change, const char *service, struct error *err)
{
	const json *previous = json_get(stack_record(change->stack, service), "previous");
	auto_json json *model = stack_copy(stack_model(change->stack));

	if (!previous)
		return error_set(err, ERROR_INVALID,
				 "service %s does not have a previous spec: it was not changed",
				 stack_full_name(change->stack, service, change->arena));
	json_set(stack_object(model, "services"), service, stack_copy(previous));
	return change_to(change, model, rolling_back, err);
}
