/* SPDX-License-Identifier: Apache-2.0 */
#include "compose/stack/stack_edit.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "base/units.h"
#include "compose/stack/stack_edit_private.h"
#include "compose/stack/stack_private.h"

#include <string.h>

/* ------------------------------------------------------------------ single values */

static int set_text(struct stack_editing *editing, json *object, const char *value)
{
	if (*value)
		stack_edit_set(object, editing->name, value);
	else
		stack_drop(object, editing->name);
	return 0;
}

static int set_number(struct stack_editing *editing, json *object, const char *value)
{
	int64_t number;

	if (units_parse_int(&number, value, INT32_MIN, INT32_MAX, editing->err) < 0)
		return -1;
	json_set_int(object, editing->name, number);
	return 0;
}

static int set_flag(struct stack_editing *editing, json *object, const char *value)
{
	bool flag;

	if (units_parse_bool(&flag, value, editing->err) < 0)
		return -1;
	json_set_bool(object, editing->name, flag);
	return 0;
}

/* ------------------------------------------------------------------ pairs and items */

static int add_pair(struct stack_editing *editing, json *object, const char *value)
{
	size_t length = strcspn(value, "=");
	auto_free char *name = alloc_string_n(value, length);

	if (!length)
		return error_set(editing->err, ERROR_INVALID, "'%s' must be NAME=VALUE", value);
	stack_edit_set(stack_object(object, editing->name), name,
		       value[length] ? value + length + 1 : "");
	return 0;
}

static int remove_pair(struct stack_editing *editing, json *object, const char *value)
{
	stack_drop(json_get(object, editing->name), value);
	return 0;
}

static bool is_text(const json *item, const char *value)
{
	auto_free char *escaped = stack_edit_escape(value);

	return json_is_string(item) && strcmp(json_object_get_string((json *)item), escaped) == 0;
}

static int add_item(struct stack_editing *editing, json *object, const char *value)
{
	json *list = stack_array(object, editing->name);
	auto_free char *escaped = stack_edit_escape(value);

	if (stack_edit_find(list, is_text, value) == json_length(list))
		json_add_string(list, escaped);
	return 0;
}

static int remove_item(struct stack_editing *editing, json *object, const char *value)
{
	stack_edit_take(json_get(object, editing->name), is_text, value);
	return 0;
}

static char *host_of(const char *value)
{
	char *text = alloc_string(value), *colon = strchr(text, ':');

	if (colon)
		*colon = '=';
	return text;
}

static int add_host(struct stack_editing *editing, json *object, const char *value)
{
	auto_free char *host = host_of(value);

	if (!strchr(host, '='))
		return error_set(editing->err, ERROR_INVALID, "'%s' must be HOST:ADDRESS", value);
	return add_item(editing, object, host);
}

/* Of its name, or exactly this one. */
static bool is_host(const json *item, const char *value)
{
	const char *text = json_is_string(item) ? json_object_get_string((json *)item) : "";
	size_t length = strlen(value);

	return strncmp(text, value, length) == 0 && (!text[length] || text[length] == '=');
}

static int remove_host(struct stack_editing *editing, json *object, const char *value)
{
	auto_free char *host = host_of(value);

	stack_edit_take(json_get(object, editing->name), is_host, host);
	return 0;
}

static int add_ulimit(struct stack_editing *editing, json *object, const char *value)
{
	auto_free char *name = alloc_string(value);
	char *equals = strchr(name, '='), *colon = equals ? strchr(equals, ':') : NULL;
	json *limit;

	if (!equals)
		return error_set(editing->err, ERROR_INVALID, "'%s' must be NAME=SOFT[:HARD]",
				 value);
	*equals = '\0';
	if (colon)
		*colon = '\0';
	limit = json_new_object();
	json_set(stack_object(object, editing->name), name, limit);
	json_set_string(limit, "soft", equals + 1);
	json_set_string(limit, "hard", colon ? colon + 1 : equals + 1);
	return 0;
}

static int add_preference(struct stack_editing *editing, json *object, const char *value)
{
	static const char prefix[] = "spread=";
	json *preference;

	if (strncmp(value, prefix, strlen(prefix)) != 0)
		return error_set(editing->err, ERROR_INVALID, "'%s' must be spread=TEXT", value);
	preference = json_new_object();
	stack_edit_set(preference, "spread", value + strlen(prefix));
	json_add(stack_array(object, editing->name), preference);
	return 0;
}

/* ------------------------------------------------------------------ the table */

typedef int edit_function(struct stack_editing *editing, json *object, const char *value);

static edit_function *const functions[STACK_EDIT_KINDS] = {
	[STACK_SET_TEXT] = set_text,
	[STACK_SET_NUMBER] = set_number,
	[STACK_SET_FLAG] = set_flag,
	[STACK_ADD_PAIR] = add_pair,
	[STACK_REMOVE_PAIR] = remove_pair,
	[STACK_ADD_ITEM] = add_item,
	[STACK_REMOVE_ITEM] = remove_item,
	[STACK_ADD_HOST] = add_host,
	[STACK_REMOVE_HOST] = remove_host,
	[STACK_ADD_PORT] = stack_edit_add_port,
	[STACK_REMOVE_PORT] = stack_edit_remove_port,
	[STACK_ADD_MOUNT] = stack_edit_add_mount,
	[STACK_REMOVE_MOUNT] = stack_edit_remove_mount,
	[STACK_ADD_NETWORK] = stack_edit_add_network,
	[STACK_REMOVE_NETWORK] = stack_edit_remove_network,
	[STACK_ADD_FILE] = stack_edit_add_file,
	[STACK_REMOVE_FILE] = stack_edit_remove_file,
	[STACK_ADD_PREFERENCE] = add_preference,
	[STACK_ADD_ULIMIT] = add_ulimit,
};

int stack_edit_service(json *model, const char *service, const struct stack_edit *edits,
		       size_t count, struct error *err)
{
	json *target = stack_object(stack_object(model, "services"), service);

	for (size_t i = 0; i < count; i++) {
		struct stack_editing editing = {.model = model, .name = edits[i].path, .err = err};
		json *parent = stack_edit_parent(target, &editing.name);

		if (functions[edits[i].kind](&editing, parent, edits[i].value) < 0)
			return -1;
		if (strcmp(edits[i].path, "image") == 0)
			stack_drop(target, "build");
	}
	return 0;
}
