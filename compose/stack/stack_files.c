/* SPDX-License-Identifier: Apache-2.0 */
/* Contents go into the store under the stack's names, and stay as they are. */
#include "compose/stack/stack_files_private.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/file.h"
#include "base/strbuf.h"
#include "compose/apply/apply.h"
#include "compose/model/model.h"
#include "compose/stack/stack_change.h"
#include "compose/stack/stack_private.h"
#include "engine/engine.h"
#include "engine/labels.h"
#include "storage/secret/secret_store.h"

#include <fcntl.h>
#include <string.h>

#define LARGEST ((size_t)1 << 20)

static int read_content(struct secret_object *object, const struct project_file *file,
			struct arena *arena, struct error *err)
{
	auto_strbuf struct strbuf text = {0};

	if (file->content || file->value) {
		object->bytes = file->content ? file->content : file->value;
		object->size = strlen(object->bytes);
		return 0;
	}
	if (!file->file)
		return error_set(err, ERROR_NOT_FOUND, "the environment variable '%s' is not set",
				 file->environment ? file->environment : "");
	if (file_read(AT_FDCWD, file->file, LARGEST, &text, err) < 0)
		return -1;
	object->bytes = arena_string_n(arena, strbuf_text(&text), text.length);
	object->size = text.length;
	if (text.text)
		explicit_bzero(text.text, text.length);
	return 0;
}

static void fill_labels(struct secret_object *object, const struct project_file *file,
			const struct stack *stack, struct arena *arena)
{
	pair_set_entries(&object->labels, &object->label_count, file->labels, arena);
	pair_set(&object->labels, &object->label_count, (struct pair){LABEL_STACK, stack->name},
		 arena);
}

/* What is in the store never changes: a new content needs a new name. */
static int check_same(const struct stack_change *change, enum secret_kind kind,
		      const struct secret_object *wanted, struct error *err)
{
	struct secret_object stored;

	if (secret_store_read(&change->apply->engine->layout, kind, wanted->name, &stored,
			      change->arena, err) < 0)
		return -1;
	if (stored.size == wanted->size && memcmp(stored.bytes, wanted->bytes, stored.size) == 0)
		return 0;
	return error_set(err, ERROR_CONFLICT,
			 "failed to update %s %s: only updates to Labels are allowed: give the new "
			 "content a name of its own",
			 secret_store_kind(kind), wanted->name);
}

static void report(const struct stack_change *change, const char *what, const char *name)
{
	const struct apply_event event = {
		.kind = APPLY_WORKING,
		.object = arena_format(change->arena, "%s %s", what, name),
		.action = "Creating",
	};

	if (change->apply->progress)
		change->apply->progress(&event, change->apply->data);
}

static int keep_one(const struct stack_change *change, enum secret_kind kind,
		    const struct project_file *file, struct error *err)
{
	const struct layout *layout = &change->apply->engine->layout;
	struct secret_object object = {.name = file->name,
				       .is_encrypted = secret_store_always_encrypts()};
	struct error reason = {0};

	if (read_content(&object, file, change->arena, err) < 0)
		return error_wrap(err, "%s %s", secret_store_kind(kind), file->key);
	fill_labels(&object, file, change->stack, change->arena);
	if (secret_store_create(layout, kind, &object, change->arena, &reason) == 0) {
		report(change, kind == SECRET_STORE_SECRET ? "Secret" : "Config", file->name);
		return 0;
	}
	if (reason.code != ERROR_CONFLICT)
		return error_pass(err, &reason);
	return check_same(change, kind, &object, err);
}

static int keep_all(const struct stack_change *change, enum secret_kind kind,
		    const struct project_file_list *list, json *objects, struct error *err)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct project_file *file = &list->items[i];
		json *object;

		if (file->external == TRISTATE_TRUE)
			continue;
		if (keep_one(change, kind, file, err) < 0)
			return -1;
		object = json_new_object();
		json_set(objects, file->key, object);
		json_set_string(object, "name", file->name);
		json_set_bool(object, "external", true);
	}
	return 0;
}

int stack_files_keep(const struct stack_change *change, const struct project *project, json *model,
		     struct error *err)
{
	if (keep_all(change, SECRET_STORE_SECRET, &project->secrets, stack_object(model, "secrets"),
		     err) < 0)
		return -1;
	return keep_all(change, SECRET_STORE_CONFIG, &project->configs,
			stack_object(model, "configs"), err);
}
