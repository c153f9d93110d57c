/* SPDX-License-Identifier: Apache-2.0 */
#include "compose/model/bind.h"

#include "compose/model/judge.h"
#include "compose/model/problems.h"
#include "compose/model/schema.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/log.h"
#include "base/units.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef void bind_function(struct walk *walk, const struct field *field, struct node *node,
			   void *member);

struct list {
	void *items;
	size_t count;
};

/* ------------------------------------------------------------------ scalars */

static void fail_cast(struct walk *walk, const struct node *node, const char *text)
{
	if (node->is_interpolated)
		problem_add(walk, node,
			    "error while interpolating %s: failed to cast to expected type: %s",
			    strbuf_text(&walk->path), text);
	else
		problem_add(walk, node, "%s", text);
}

static bool may_cast(const struct field *field, const struct node *node)
{
	return node->type == NODE_STRING && field->flags & FIELD_CAST;
}

/* "on-failure:N" and "every_<duration>" stand for what they begin with and a value. */
static bool is_word(const char *word, const char *text)
{
	size_t length = strcspn(word, "N<");
	int64_t duration;
	uint64_t number;

	if (!word[length])
		return strcmp(word, text) == 0;
	if (strncmp(word, text, length) != 0)
		return false;
	return word[length] == 'N' ? units_parse_u64(&number, text + length, NULL) == 0
				   : units_parse_duration(&duration, text + length, NULL) == 0;
}

static void check_word(struct walk *walk, const struct field *field, const struct node *node)
{
	/* The note of an attribute without restrictions explains the words, which are our limit
	 * then. */
	const char *note = field->support == SUPPORT_FULL ? field->note : NULL;
	enum judge_kind kind = note ? JUDGE_LIMIT : JUDGE_MISTAKE;
	auto_strbuf struct strbuf allowed = {0};
	const char *near;

	for (const char *const *word = field->words; *word; word++) {
		if (is_word(*word, node->text))
			return;
		if (**word)
			strbuf_printf(&allowed, "%s%s", allowed.length ? ", " : "", *word);
	}
	near = problem_suggest(field->words, node->text);
	if (near && *near && !strpbrk(near, "N<"))
		judge_add(walk, node, kind,
			  "'%.80s' is not allowed; did you mean '%s'? Allowed: %s%s%s", node->text,
			  near, strbuf_text(&allowed), note ? "; " : "", note ? note : "");
	else
		judge_add(walk, node, kind, "'%.80s' is not allowed; allowed: %s%s%s", node->text,
			  strbuf_text(&allowed), note ? "; " : "", note ? note : "");
}

static void bind_string(struct walk *walk, const struct field *field, struct node *node,
			void *member)
{
	if (field->words && !(walk->keep_variables && strchr(node->text, '$')))
		check_word(walk, field, node);
	*(char **)member = node->text;
}

static int parse_boolean(const char *text)
{
	static const char *const words[] = {"false", "true", "no", "yes", "n", "y", "off", "on"};

	for (int i = 0; i < (int)(sizeof(words) / sizeof(words[0])); i++)
		if (strcasecmp(text, words[i]) == 0)
			return i;
	return -1;
}

static void bind_bool(struct walk *walk, const struct field *field, struct node *node, void *member)
{
	int word =
		node->type == NODE_BOOL || may_cast(field, node) ? parse_boolean(node->text) : -1;

	if (word < 0 && may_cast(field, node)) {
		auto_strbuf struct strbuf text = {0};

		strbuf_printf(&text, "invalid boolean: %.80s; true or false", node->text);
		fail_cast(walk, node, strbuf_text(&text));
		return;
	}
	if (word < 0) {
		problem_add(walk, node, "must be a boolean, not %s; %s", node_describe(node),
			    node->is_interpolated ? "a variable's text is not converted here"
						  : "write true or false without quotes");
		return;
	}
	if (word > 1)
		log_warning_once("%s:%u: %s: '%s' is not a boolean in YAML 1.2; write '%s'",
				 node->file, node->line, strbuf_text(&walk->path), node->text,
				 word % 2 ? "true" : "false");
	*(enum tristate *)member = word % 2 ? TRISTATE_TRUE : TRISTATE_FALSE;
}

/* A number as YAML has it (010 is 8); in a string decimal (010 is 10). */
static bool parse_integer(const struct node *node, int64_t *value)
{
	if (node->type == NODE_INT)
		return node_parse_integer(node->text, value);
	return units_parse_int(value, node->text + (*node->text == '+'), INT64_MIN + 1, INT64_MAX,
			       NULL) == 0;
}

static void bind_int(struct walk *walk, const struct field *field, struct node *node, void *member)
{
	char text[200];
	int64_t value;

	if (field->flags & FIELD_ALL && node_is_string(node) &&
	    strcasecmp(node->text, "all") == 0) {
		*(int64_t *)member = -1;
		return;
	}
	if (node->type != NODE_INT && !may_cast(field, node)) {
		problem_add(walk, node, "must be an integer, not %s%s", node_describe(node),
			    node->is_interpolated ? "; a variable's text is not converted here"
						  : "");
		return;
	}
	if (!parse_integer(node, &value) || value == MODEL_UNSET) {
		snprintf(text, sizeof(text), "'%.80s' is not an integer", node->text);
		fail_cast(walk, node, text);
		return;
	}
	if ((field->minimum || field->maximum) &&
	    (value < field->minimum || value > field->maximum)) {
		if (field->maximum == INT64_MAX)
			snprintf(text, sizeof(text), "%lld is out of range; at least %lld",
				 (long long)value, (long long)field->minimum);
		else
			snprintf(text, sizeof(text), "%lld is out of range; %lld to %lld",
				 (long long)value, (long long)field->minimum,
				 (long long)field->maximum);
		judge_add(walk, node, JUDGE_MISTAKE, "%s", text);
		return;
	}
	*(int64_t *)member = value;
}

static void bind_fraction(struct walk *walk, const struct field *field, struct node *node,
			  void *member)
{
	char *end;
	double value = strtod(node->text, &end);

	(void)field;
	if (node->type == NODE_BOOL || end == node->text || *end || !isfinite(value)) {
		char text[128];

		snprintf(text, sizeof(text), "'%.60s' is not a number such as 0.5", node->text);
		fail_cast(walk, node, text);
		return;
	}
	if (value < 0) {
		problem_add(walk, node, "must not be negative");
		return;
	}
	*(double *)member = value;
}

static void bind_duration(struct walk *walk, const struct field *field, struct node *node,
			  void *member)
{
	struct error err = {0};
	int64_t value;

	(void)field;
	if (units_parse_duration(&value, node->text, &err) < 0) {
		if (node->type == NODE_INT)
			problem_add(walk, node,
				    "invalid duration '%.80s': a unit is missing; write '%.80ss'",
				    node->text, node->text);
		else
			problem_add_error(walk, node, &err);
		return;
	}
	if (value < 0)
		problem_add(walk, node, "invalid duration '%.80s': must not be negative",
			    node->text);
	else
		*(int64_t *)member = value;
}

static void bind_size(struct walk *walk, const struct field *field, struct node *node, void *member)
{
	struct error err = {0};
	int64_t value;

	(void)field;
	if (node->type == NODE_BOOL)
		problem_add(walk, node, "must be a size such as 512m");
	else if (node->type == NODE_INT && node_parse_integer(node->text, &value) && value >= -1)
		*(int64_t *)member = value;
	else if (units_parse_size(&value, node->text, &err) < 0)
		problem_add_error(walk, node, &err);
	else
		*(int64_t *)member = value;
}

static void bind_mode(struct walk *walk, const struct field *field, struct node *node, void *member)
{
	struct error err = {0};
	unsigned mode;
	int64_t value;

	(void)field;
	if (node->type != NODE_INT) {
		if (node->type == NODE_BOOL || units_parse_mode(&mode, node->text, &err) < 0)
			problem_add(walk, node, "invalid file mode '%.80s'; octal, such as 0440",
				    node->text);
		else
			*(int64_t *)member = mode;
		return;
	}
	if (!node_parse_integer(node->text, &value) || value < 0 || value > 07777) {
		problem_add(walk, node, "invalid file mode '%.80s'; octal, such as 0440",
			    node->text);
		return;
	}
	if (*node->text != '0' && strlen(node->text) == 3 && strspn(node->text, "01234567") == 3)
		log_warning_once("%s:%u: %s: %s is a decimal number, the mode 0%o; write 0%s",
				 node->file, node->line, strbuf_text(&walk->path), node->text,
				 (unsigned)value, node->text);
	*(int64_t *)member = value;
}

static void bind_condition(struct walk *walk, const struct field *field, struct node *node,
			   void *member)
{
	struct field row = *field;

	for (int i = CONDITION_STARTED; i <= CONDITION_COMPLETED_SUCCESSFULLY; i++)
		if (strcmp(model_conditions[i], node->text) == 0) {
			*(enum service_condition *)member = (enum service_condition)i;
			return;
		}
	row.words = model_conditions + CONDITION_STARTED;
	check_word(walk, &row, node);
}

/* ------------------------------------------------------------------ lists */

static void bind_strings(struct walk *walk, const struct field *field, struct node *node,
			 void *member)
{
	char **items;

	if (!node->count && field->flags & FIELD_NO_EMPTY)
		return;
	items = arena_array(walk->arena, node->count + 1, sizeof(*items));
	for (unsigned i = 0; i < node->count; i++)
		items[i] = node->items[i]->text;
	*(char ***)member = items;
}

static void bind_pairs(struct walk *walk, const struct field *field, struct node *node,
		       void *member)
{
	char **items;

	if (!node->count && field->flags & FIELD_NO_EMPTY)
		return;
	items = arena_array(walk->arena, node->count + 1, sizeof(*items));
	for (unsigned i = 0; i < node->count; i++) {
		const struct node_pair *pair = &node->pairs[i];
		const char *value = node_text(pair->value);
		size_t key = strlen(pair->key), length = value ? strlen(value) : 0;

		if (!value) {
			items[i] = pair->key;
			continue;
		}
		items[i] = arena_alloc(walk->arena, key + length + 2);
		memcpy(items[i], pair->key, key);
		items[i][key] = '=';
		memcpy(items[i] + key + 1, value, length);
	}
	*(char ***)member = items;
}

static void bind_object(struct walk *walk, const struct field *field, struct node *node,
			void *member)
{
	void *object = arena_alloc(walk->arena, field->shape->size);

	bind_map(walk, field->shape, node, object);
	*(void **)member = object;
}

static void bind_list(struct walk *walk, const struct field *field, struct node *node, void *member)
{
	const struct shape *shape = field->shape;
	struct list *list = member;

	if (!node->count && field->flags & FIELD_NO_EMPTY)
		return;
	list->items = arena_array(walk->arena, node->count, shape->size);
	for (unsigned i = 0; i < node->count; i++) {
		size_t length;

		if (node_is_scalar(node->items[i]))
			continue; /* a variable that was kept */
		length = walk_enter_item(walk, i);
		bind_map(walk, shape, node->items[i],
			 (char *)list->items + list->count++ * shape->size);
		walk_leave(walk, length);
	}
}

/* An empty mapping is no null: it prints as {}. */
static void note_mapping(struct walk *walk, struct node **extensions)
{
	if (!*extensions)
		*extensions = node_new_map(walk->arena, NULL);
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void bind_members(struct walk *walk, const struct field *field, struct node *node,
			 void *member)
{
	const struct shape *shape = field->shape;
	struct list *list = member;

	if (!node->count && field->flags & FIELD_NO_EMPTY)
		return;
	list->items = arena_array(walk->arena, node->count, shape->size);
	each_pair (pair, node) {
		char *object = (char *)list->items + list->count++ * shape->size;
		size_t length = walk_enter(walk, pair->key);

		bind_map(walk, shape, pair->value, object);
		*(char **)object = pair->key;
		if (shape->extensions && node_is_map(pair->value))
			note_mapping(walk, (struct node **)(object + shape->extensions));
		if (shape->where)
			*(struct location *)(object + shape->where) =
				(struct location){pair->value->file, pair->line, pair->column};
		walk_leave(walk, length);
	}
	/* Services and resources are looked up; others keep the order of the file. */
	if (shape->where && list->count)
		qsort(list->items, list->count, shape->size, compare_names);
}

static void bind_node(struct walk *walk, const struct field *field, struct node *node, void *member)
{
	(void)walk;
	(void)field;
	*(struct node **)member = node;
}

static bind_function *const functions[] = {
	[KIND_STRING] = bind_string,	 [KIND_BOOL] = bind_bool,
	[KIND_INT] = bind_int,		 [KIND_FRACTION] = bind_fraction,
	[KIND_DURATION] = bind_duration, [KIND_SIZE] = bind_size,
	[KIND_MODE] = bind_mode,	 [KIND_STRINGS] = bind_strings,
	[KIND_COMMAND] = bind_strings,	 [KIND_PAIRS] = bind_pairs,
	[KIND_HOSTS] = bind_strings,	 [KIND_OBJECT] = bind_object,
	[KIND_LIST] = bind_list,	 [KIND_MAP] = bind_members,
	[KIND_NODE] = bind_node,	 [KIND_CONDITION] = bind_condition,
};

/* ------------------------------------------------------------------ objects */

void bind_defaults(const struct shape *shape, void *object)
{
	memset(object, 0, shape->size);
	for (size_t i = 0; i < shape->count; i++) {
		const struct field *field = &shape->fields[i];
		char *member = (char *)object + field->offset;

		switch (field->kind) {
		case KIND_INT:
		case KIND_DURATION:
		case KIND_SIZE:
		case KIND_MODE:
			*(int64_t *)member = MODEL_UNSET;
			break;
		case KIND_FRACTION:
			*(double *)member = MODEL_UNSET_FRACTION;
			break;
		case KIND_STRING:
		case KIND_BOOL:
		case KIND_STRINGS:
		case KIND_COMMAND:
		case KIND_PAIRS:
		case KIND_HOSTS:
		case KIND_OBJECT:
		case KIND_LIST:
		case KIND_MAP:
		case KIND_NODE:
		case KIND_CONDITION:
			break; /* zero is "not given" */
		}
	}
}

static void check_support(struct walk *walk, const struct field *field, const struct node *node)
{
	bool is_off = (node->kind != NODE_SCALAR && !node->count) ||
		      (field->kind == KIND_BOOL && parse_boolean(node->text) % 2 == 0);

	if (is_off || field->support == SUPPORT_FULL)
		return;
	if (field->support == SUPPORT_REFUSED)
		judge_add(walk, node, JUDGE_LIMIT, "is not supported: %s", field->note);
	else if (field->support == SUPPORT_WARNED)
		judge_add(walk, node, JUDGE_NOTE, "has no effect: %s", field->note);
}

static void bind_extension(struct walk *walk, const struct shape *shape,
			   const struct node_pair *pair, void *object)
{
	struct node **extensions = (struct node **)((char *)object + shape->extensions);

	if (!*extensions)
		*extensions = node_new_map(walk->arena, NULL);
	node_append_pair(walk->arena, *extensions, pair);
}

static bool is_kept_variable(const struct walk *walk, const struct field *field,
			     const struct node *node)
{
	return walk->keep_variables && field->kind != KIND_STRING && node_is_string(node) &&
	       (field->kind == KIND_COMMAND || field->flags & FIELD_SHELL ||
		strchr(node->text, '$'));
}

/* Nothing is said of what is only misspelt. */
static void require(struct walk *walk, const struct node *map, const char *key)
{
	size_t length = walk_enter(walk, key);
	bool is_known = problems_touch(walk->problems, strbuf_text(&walk->path));

	walk_leave(walk, length);
	if (!is_known)
		problem_add(walk, map, "%s is required", key);
}

void bind_map(struct walk *walk, const struct shape *shape, const struct node *map, void *object)
{
	bind_defaults(shape, object);
	if (!node_is_map(map))
		return;
	each_pair (pair, map) {
		const struct field *field = NULL;
		size_t length;

		if (shape->extensions && strncmp(pair->key, "x-", 2) == 0) {
			bind_extension(walk, shape, pair, object);
			continue;
		}
		if (!node_is_null(pair->value))
			field = schema_find(shape, pair->key);
		if (!field || field->flags & FIELD_LOADER ||
		    is_kept_variable(walk, field, pair->value))
			continue;
		length = field->flags & FIELD_HIDDEN ? walk->path.length
						     : walk_enter(walk, pair->key);
		if (field->support != SUPPORT_FULL)
			check_support(walk, field, pair->value);
		functions[field->kind](walk, field, pair->value, (char *)object + field->offset);
		walk_leave(walk, length);
	}
	for (size_t i = 0; i < shape->count; i++)
		if (shape->fields[i].flags & FIELD_REQUIRED &&
		    !node_find(map, shape->fields[i].key))
			require(walk, map, shape->fields[i].key);
}
