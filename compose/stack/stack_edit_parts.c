/* SPDX-License-Identifier: Apache-2.0 */
/* Ports, mounts, networks, secrets and configs of a service: what `service update` writes as
 * "name=value,name=value" is an object of the model. */
#include "compose/stack/stack_edit_private.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/units.h"
#include "compose/stack/stack_private.h"

#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------ name=value,name=value */

enum word_kind { WORD_TEXT, WORD_NUMBER, WORD_FLAG, WORD_ITEM };

struct word {
	const char *name;
	enum word_kind kind;
	const char *path; /* in the object that is filled; NULL: known, and nothing here */
};

/* A flag without a value is set; @value is of an item of the list then. */
static int set_word(json *object, const struct word *word, const char *value, struct error *err)
{
	const char *path = word->path;
	json *parent = stack_edit_parent(object, &path);
	int64_t number;
	bool flag = true;

	if (word->kind == WORD_NUMBER) {
		if (units_parse_int(&number, value ? value : "", 0, UINT32_MAX, err) < 0)
			return error_wrap(err, "%s", word->name);
		json_set_int(parent, path, number);
	} else if (word->kind == WORD_FLAG) {
		if (value && units_parse_bool(&flag, value, err) < 0)
			return error_wrap(err, "%s", word->name);
		json_set_bool(parent, path, flag);
	} else if (word->kind == WORD_ITEM) {
		json_add_string(stack_array(parent, path), value ? value : "");
	} else {
		stack_edit_set(parent, path, value ? value : "");
	}
	return 0;
}

/* Fills @object from "name=value,…" by @words, which end with one without a name. */
static int read_words(json *object, const char *text, const struct word *words, struct error *err)
{
	auto_free char *copy = alloc_string(text);
	char *rest = copy, *part;

	while ((part = strsep(&rest, ","))) {
		char *value = strchr(part, '=');
		const struct word *word = words;

		if (value)
			*value++ = '\0';
		while (word->name && strcmp(word->name, part) != 0)
			word++;
		if (!word->name)
			return error_set(err, ERROR_INVALID, "'%s': unexpected key '%s'", text,
					 part);
		if (word->path && set_word(object, word, value, err) < 0)
			return -1;
	}
	return 0;
}

/* ------------------------------------------------------------------ ports */

static const struct word port_words[] = {
	{"mode", WORD_TEXT, "mode"},
	{"protocol", WORD_TEXT, "protocol"},
	{"published", WORD_TEXT, "published"},
	{"target", WORD_NUMBER, "target"},
	{0},
};

int stack_edit_add_port(struct stack_editing *editing, json *object, const char *value)
{
	json *list = stack_array(object, editing->name), *port;

	if (!strchr(value, '=')) {
		json_add_string(list, value);
		return 0;
	}
	port = json_new_object();
	json_add(list, port);
	return read_words(port, value, port_words, editing->err);
}

/* "80", "80/udp": of any protocol where none is given. */
static bool is_port(const json *item, const char *value)
{
	const char *slash = strchr(value, '/');

	return json_int(item, "target", 0) == strtoll(value, NULL, 10) &&
	       (!slash || strcmp(json_string(item, "protocol", "tcp"), slash + 1) == 0);
}

int stack_edit_remove_port(struct stack_editing *editing, json *object, const char *value)
{
	const char *colon = strrchr(value, ':');

	stack_edit_take(json_get(object, editing->name), is_port, colon ? colon + 1 : value);
	return 0;
}

/* ------------------------------------------------------------------ mounts */

static const struct word mount_words[] = {
	{"type", WORD_TEXT, "type"},
	{"source", WORD_TEXT, "source"},
	{"src", WORD_TEXT, "source"},
	{"target", WORD_TEXT, "target"},
	{"destination", WORD_TEXT, "target"},
	{"dst", WORD_TEXT, "target"},
	{"readonly", WORD_FLAG, "read_only"},
	{"ro", WORD_FLAG, "read_only"},
	{"bind-propagation", WORD_TEXT, "bind.propagation"},
	{"bind-recursive", WORD_TEXT, "bind.recursive"},
	{"volume-nocopy", WORD_FLAG, "volume.nocopy"},
	{"volume-subpath", WORD_TEXT, "volume.subpath"},
	{"volume-label", WORD_ITEM, "volume.labels"},
	{"volume-driver", WORD_TEXT, NULL},
	{"tmpfs-size", WORD_TEXT, "tmpfs.size"},
	{"tmpfs-mode", WORD_TEXT, "tmpfs.mode"},
	{"image-subpath", WORD_TEXT, "image.subpath"},
	{"consistency", WORD_TEXT, "consistency"},
	{0},
};

static bool is_mount(const json *item, const char *value)
{
	return strcmp(json_string(item, "target", ""), value) == 0;
}

/* A volume is called as it says, whoever uses it; a host's directory has to be there. */
static void complete_mount(json *model, json *mount)
{
	const char *type = json_string(mount, "type", NULL);
	const char *source = json_string(mount, "source", NULL);

	if (!type)
		json_set_string(mount, "type", type = "volume");
	if (strcmp(type, "bind") == 0)
		json_set_bool(stack_object(mount, "bind"), "create_host_path", false);
	if (strcmp(type, "volume") == 0 && source) {
		json *volumes = stack_object(model, "volumes");

		if (!json_get(volumes, source))
			json_set_string(stack_object(volumes, source), "name", source);
	}
}

int stack_edit_add_mount(struct stack_editing *editing, json *object, const char *value)
{
	auto_json json *mount = json_new_object();
	json *list = stack_array(object, editing->name);

	if (read_words(mount, value, mount_words, editing->err) < 0)
		return -1;
	if (!json_string(mount, "target", NULL))
		return error_set(editing->err, ERROR_INVALID, "'%s': target is required", value);
	complete_mount(editing->model, mount);
	stack_edit_take(list, is_mount, json_string(mount, "target", ""));
	json_add(list, take_ptr(mount));
	return 0;
}

int stack_edit_remove_mount(struct stack_editing *editing, json *object, const char *value)
{
	stack_edit_take(json_get(object, editing->name), is_mount, value);
	return 0;
}

/* ------------------------------------------------------------------ networks */

static const struct word network_words[] = {
	{"name", WORD_TEXT, "name"},
	{"alias", WORD_ITEM, "aliases"},
	{"driver-opt", WORD_ITEM, NULL},
	{0},
};

/* The model's key of what is called @name on this host. */
static const char *key_of(json *objects, const char *name)
{
	json_each (key, object, objects) {
		if (strcmp(json_string(object, "name", ""), name) == 0)
			return key;
	}
	return name;
}

/* Declares what is there already and not the model's. */
static const char *declare(json *model, const char *section, const char *name)
{
	json *objects = stack_object(model, section), *object;
	const char *key = key_of(objects, name);

	if (json_get(objects, key))
		return key;
	object = stack_object(objects, key);
	json_set_string(object, "name", name);
	json_set_bool(object, "external", true);
	return key;
}

int stack_edit_add_network(struct stack_editing *editing, json *object, const char *value)
{
	auto_json json *network = json_new_object();
	const char *name = value;

	if (strchr(value, '=')) {
		if (read_words(network, value, network_words, editing->err) < 0)
			return -1;
		name = json_string(network, "name", NULL);
	}
	if (!name || !*name)
		return error_set(editing->err, ERROR_INVALID, "'%s': name is required", value);
	stack_drop(object, "network_mode");
	name = declare(editing->model, "networks", name);
	json_set(stack_object(object, editing->name), name, json_object_get(network));
	stack_drop(network, "name");
	return 0;
}

/* What has no network is on the bridge that all have. */
int stack_edit_remove_network(struct stack_editing *editing, json *object, const char *value)
{
	json *networks = stack_object(object, editing->name);

	stack_drop(networks, key_of(stack_object(editing->model, "networks"), value));
	if (json_object_object_length(networks) == 0) {
		stack_drop(object, editing->name);
		json_set_string(object, "network_mode", "bridge");
	}
	return 0;
}

/* ------------------------------------------------------------------ secrets and configs */

static const struct word file_words[] = {
	{"source", WORD_TEXT, "source"},
	{"src", WORD_TEXT, "source"},
	{"target", WORD_TEXT, "target"},
	{"uid", WORD_TEXT, "uid"},
	{"gid", WORD_TEXT, "gid"},
	{"mode", WORD_TEXT, "mode"},
	{0},
};

static bool is_file(const json *item, const char *value)
{
	return strcmp(json_string(item, "source", ""), value) == 0;
}

int stack_edit_add_file(struct stack_editing *editing, json *object, const char *value)
{
	auto_json json *file = json_new_object();
	json *list = stack_array(object, editing->name);
	const char *source = value, *key;

	if (strchr(value, '=')) {
		if (read_words(file, value, file_words, editing->err) < 0)
			return -1;
		source = json_string(file, "source", NULL);
	}
	if (!source || !*source)
		return error_set(editing->err, ERROR_INVALID, "'%s': source is required", value);
	if (!json_get(file, "target") && strcmp(editing->name, "secrets") == 0)
		stack_edit_set(file, "target", source);
	key = declare(editing->model, editing->name, source);
	json_set_string(file, "source", key);
	stack_edit_take(list, is_file, key);
	json_add(list, take_ptr(file));
	return 0;
}

int stack_edit_remove_file(struct stack_editing *editing, json *object, const char *value)
{
	stack_edit_take(json_get(object, editing->name), is_file,
			key_of(stack_object(editing->model, editing->name), value));
	return 0;
}
