/* SPDX-License-Identifier: Apache-2.0 */
/* Stacks on disk: ROOT/stacks/NAME.json. */
#include "compose/stack/stack.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/path.h"
#include "base/record.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "base/units.h"
#include "compose/stack/stack_private.h"
#include "storage/layout.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define SUFFIX ".json"

/* ------------------------------------------------------------------ documents */

json *stack_copy(const json *value)
{
	json *copy = NULL;

	if (value)
		json_object_deep_copy((json *)value, &copy, NULL);
	return copy;
}

void stack_drop(json *object, const char *name)
{
	if (json_is_object(object))
		json_object_object_del(object, name);
}

json *stack_object(json *parent, const char *name)
{
	json *member = json_get(parent, name);

	if (json_is_object(member))
		return member;
	member = json_new_object();
	json_set(parent, name, member);
	return member;
}

json *stack_array(json *parent, const char *name)
{
	json *member = json_get(parent, name);

	if (json_is_array(member))
		return member;
	member = json_new_array();
	json_set(parent, name, member);
	return member;
}

const char *stack_new_id(struct arena *arena)
{
	static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz";
	char hex[51], id[26] = "";

	units_random_hex(hex, 25);
	for (int i = 0; i < 25; i++)
		id[i] = digits[((unsigned)(hex[2 * i] % 16) * 16 + (unsigned)hex[2 * i + 1]) % 36];
	return arena_string(arena, id);
}

void stack_set_now(json *object, const char *name)
{
	struct timespec now = units_now();
	char text[UNITS_TIME_SIZE];

	json_set_string(object, name, units_format_time(text, &now));
}

/* ------------------------------------------------------------------ stacks */

void stack_release(struct stack *stack)
{
	json_cleanup(&stack->document);
	*stack = (struct stack){0};
}

void stack_init(struct stack *stack, const char *name, bool is_service)
{
	*stack = (struct stack){.document = json_new_object()};
	json_set_string(stack->document, "name", name);
	if (is_service)
		json_set_bool(stack->document, "is_service", true);
	stack->name = json_string(stack->document, "name", "");
}

bool stack_is_service(const struct stack *stack)
{
	return json_flag(stack->document, "is_service", false);
}

json *stack_model(const struct stack *stack)
{
	return stack_object(stack->document, "model");
}

json *stack_services(const struct stack *stack)
{
	return stack_object(stack_model(stack), "services");
}

json *stack_model_copy(const struct stack *stack)
{
	return stack_copy(stack_model(stack));
}

json *stack_record(struct stack *stack, const char *service)
{
	return stack_object(stack_object(stack->document, "services"), service);
}

const char *stack_full_name(const struct stack *stack, const char *service, struct arena *arena)
{
	if (stack_is_service(stack))
		return stack->name;
	return arena_format(arena, "%s_%s", stack->name, service);
}

/* ------------------------------------------------------------------ on disk */

/* Of a service, beside the model; read only to know that all of it can be. */
struct known_task {
	const char *id, *image, *state, *error, *created, *since;
	int64_t slot;
};

struct known {
	const char *id, *created, *updated, *state, *started, *completed, *message;
	int64_t version;
	bool is_unfinished;
	struct known_task *tasks;
	size_t task_count;
};

static const struct field update_fields[] = {
	FIELD(struct known, FIELD_STRING, state, "state"),
	FIELD_FORM(struct known, FIELD_STRING, started, "started", units_is_time),
	FIELD_FORM(struct known, FIELD_STRING, completed, "completed", units_is_time),
	FIELD(struct known, FIELD_STRING, message, "message"),
	{0},
};

static const struct field task_fields[] = {
	FIELD_NEEDED(struct known_task, FIELD_STRING, id, "id"),
	FIELD_RANGE(struct known_task, FIELD_INT64, slot, "slot", 0, INT32_MAX),
	FIELD(struct known_task, FIELD_STRING, image, "image"),
	FIELD(struct known_task, FIELD_STRING, state, "state"),
	FIELD(struct known_task, FIELD_STRING, error, "error"),
	FIELD_FORM(struct known_task, FIELD_STRING, created, "created", units_is_time),
	FIELD_FORM(struct known_task, FIELD_STRING, since, "since", units_is_time),
	{0},
};

static const struct field known_fields[] = {
	FIELD_NEEDED(struct known, FIELD_STRING, id, "id"),
	FIELD_FORM(struct known, FIELD_STRING, created, "created", units_is_time),
	FIELD_FORM(struct known, FIELD_STRING, updated, "updated", units_is_time),
	FIELD_RANGE(struct known, FIELD_INT64, version, "version", 0, INT64_MAX - 1),
	FIELD(struct known, FIELD_BOOL, is_unfinished, "unfinished"),
	FIELD_LIST(struct known, tasks, task_count, "tasks", task_fields),
	{0},
};

struct head {
	const char *name, *directory;
	bool is_service;
	char **files;
};

static const struct field head_fields[] = {
	FIELD_NEEDED(struct head, FIELD_STRING, name, "name"),
	FIELD(struct head, FIELD_STRING, directory, "working_dir"),
	FIELD(struct head, FIELD_BOOL, is_service, "is_service"),
	FIELD(struct head, FIELD_STRINGS, files, "files"),
	{0},
};

static bool is_absent_or_object(const json *object, const char *name)
{
	const json *member = json_get(object, name);

	return !member || json_is_object(member);
}

static int check_known(const char *service, const json *record, struct arena *arena,
		       struct error *err)
{
	const json *update = json_get(record, "update");
	struct known known;

	if (record_from_json(known_fields, &known, record, arena, err) < 0 ||
	    (update && record_from_json(update_fields, &known, update, arena, err) < 0))
		return error_wrap(err, "'services': '%.100s'", service);
	return is_absent_or_object(record, "previous")
		       ? 0
		       : error_set(err, ERROR_INVALID,
				   "'services': '%.100s': 'previous' is not an object", service);
}

/* The model itself is checked by who loads it as a project; here, that it is what is walked. */
static int check_document(const char *name, const json *document, struct arena *arena,
			  struct error *err)
{
	const json *model = json_get(document, "model"), *services = json_get(model, "services");
	struct head head;

	if (record_from_json(head_fields, &head, document, arena, err) < 0)
		return -1;
	if (strcmp(head.name, name) != 0)
		return error_set(err, ERROR_INVALID, "it says it is of '%.100s'", head.name);
	if (!is_absent_or_object(document, "model") || !is_absent_or_object(model, "services") ||
	    !is_absent_or_object(document, "services"))
		return error_set(err, ERROR_INVALID, "'model' or 'services' is not an object");
	if (services) {
		json_each (service, value, services)
			if (!json_is_object(value))
				return error_set(err, ERROR_INVALID,
						 "'model': service '%.100s' is not an object",
						 service);
	}
	services = json_get(document, "services");
	if (services) {
		json_each (service, record, services)
			if (check_known(service, record, arena, err) < 0)
				return -1;
	}
	return 0;
}

int stack_load(struct stack *stack, const struct layout *layout, const char *name,
	       struct error *err)
{
	auto_arena struct arena arena = {0};
	auto_free char *path = alloc_format("%s" SUFFIX, name);
	struct error reason = {0};

	*stack = (struct stack){0};
	if (path_is_name(name))
		stack->document = json_load(layout->stacks_fd, path, &reason);
	if (!stack->document && (reason.code == ENOENT || !reason.code))
		return error_set(err, ERROR_NOT_FOUND, "nothing found in stack: %s", name);
	if (stack->document && check_document(name, stack->document, &arena, &reason) < 0)
		stack_release(stack);
	if (!stack->document)
		return error_set(err, reason.code,
				 "cannot read '%s/stacks/%s': %s: put the file back, or remove it "
				 "and what runs with 'coracle compose -p %s down'",
				 layout->root, path, reason.text, name);
	stack->name = json_string(stack->document, "name", "");
	return 0;
}

int stack_save(const struct stack *stack, const struct layout *layout, struct error *err)
{
	auto_free char *path = alloc_format("%s" SUFFIX, stack->name);

	return json_save(layout->stacks_fd, path, stack->document, 0600, err);
}

int stack_delete(const struct layout *layout, const char *name, struct error *err)
{
	auto_free char *path = alloc_format("%s" SUFFIX, name);

	if (unlinkat(layout->stacks_fd, path, 0) < 0 && errno != ENOENT)
		return error_errno(err, "cannot remove the stack '%s'", name);
	return 0;
}

int stack_list(const struct layout *layout, struct strvec *names, struct error *err)
{
	int fd = openat(layout->stacks_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	auto_closedir DIR *directory = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;

	if (!directory)
		return error_errno(err, "cannot list '%s/stacks'", layout->root);
	while ((entry = readdir(directory))) {
		size_t length = strlen(entry->d_name);

		file_remove_stale(layout->stacks_fd, entry->d_name);
		if (length > strlen(SUFFIX) && entry->d_name[0] != '.' &&
		    strcmp(entry->d_name + length - strlen(SUFFIX), SUFFIX) == 0)
			strvec_add_n(names, entry->d_name, length - strlen(SUFFIX));
	}
	strvec_sort(names);
	return 0;
}
