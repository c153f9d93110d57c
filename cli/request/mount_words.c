/* SPDX-License-Identifier: Apache-2.0 */
/* "type=bind,source=…,target=…", as --mount has it: a table of its fields. */
#include "cli/request/request_private.h"

#include "base/cleanup.h"
#include "base/pair.h"
#include "base/path.h"
#include "base/record.h"
#include "base/units.h"
#include "engine/mount_text.h"

#include <strings.h>

/* One that is being read, field by field. */
struct long_mount {
	struct container_mount *mount;
	struct strvec labels, options;
	const char
		*kind; /* "bind", …, of the fields that only one type has; NULL: there was none */
	const char *directory; /* where a relative source begins */
	struct arena *arena;
};

typedef int set_field(struct long_mount *mount, const char *value, struct error *err);

static int set_type(struct long_mount *mount, const char *value, struct error *err)
{
	for (int i = 0; container_mount_types[i]; i++)
		if (strcasecmp(container_mount_types[i], value) == 0) {
			mount->mount->type = (enum container_mount_type)i;
			return 0;
		}
	return error_set(err, ERROR_INVALID,
			 "invalid mount config for type \"%s\": mount type unknown", value);
}

static int set_source(struct long_mount *mount, const char *value, struct error *err)
{
	auto_free char *path = *value == '.' ? path_join(mount->directory, value) : NULL;

	(void)err;
	mount->mount->source = arena_string(mount->arena, path ? path : value);
	return 0;
}

static int set_target(struct long_mount *mount, const char *value, struct error *err)
{
	(void)err;
	mount->mount->target = value;
	return 0;
}

static int set_flag(bool *flag, const char *value, struct error *err)
{
	static const char *const words[] = {"true", "1", "false", "0"};

	*flag = true;
	if (!value)
		return 0;
	for (size_t i = 0; i < array_length(words); i++)
		if (strcmp(value, words[i]) == 0) {
			*flag = i < 2;
			return 0;
		}
	return error_set(err, ERROR_INVALID,
			 "invalid boolean value (\"%s\"): must be one of \"true\", \"1\", "
			 "\"false\", or \"0\" (default \"true\")",
			 value);
}

static int set_read_only(struct long_mount *mount, const char *value, struct error *err)
{
	return set_flag(&mount->mount->read_only, value, err);
}

static int set_create(struct long_mount *mount, const char *value, struct error *err)
{
	return set_flag(&mount->mount->create_host_path, value, err);
}

static int set_no_copy(struct long_mount *mount, const char *value, struct error *err)
{
	return set_flag(&mount->mount->no_copy, value, err);
}

/* What is mounted is always consistent. */
static int set_nothing(struct long_mount *mount, const char *value, struct error *err)
{
	(void)mount, (void)value, (void)err;
	return 0;
}

static int set_propagation(struct long_mount *mount, const char *value, struct error *err)
{
	if (!mount_text_is_propagation(value))
		return error_set(err, ERROR_INVALID,
				 "invalid mount config for type \"bind\": invalid propagation "
				 "mode: %s",
				 value);
	mount->mount->propagation = value;
	return 0;
}

static int set_recursive(struct long_mount *mount, const char *value, struct error *err)
{
	static const char *const words[] = {"enabled", "readonly", "disabled", "writable", NULL};
	int i = record_find_word(words, value);

	if (i < 0)
		return error_set(err, ERROR_INVALID,
				 "%s (must be \"enabled\", \"disabled\", \"writable\", or "
				 "\"readonly\")",
				 value);
	mount->mount->is_recursive_off = i == 2;
	mount->mount->is_writable_below = i == 3;
	return 0;
}

static int set_subpath(struct long_mount *mount, const char *value, struct error *err)
{
	(void)err;
	mount->mount->subpath = value;
	return 0;
}

static int add_label(struct long_mount *mount, const char *value, struct error *err)
{
	(void)err;
	strvec_add(&mount->labels, value);
	return 0;
}

static int add_option(struct long_mount *mount, const char *value, struct error *err)
{
	(void)err;
	strvec_add(&mount->options, value);
	return 0;
}

int request_check_volume_driver(const char *driver, struct error *err)
{
	if (!driver || !*driver || strcmp(driver, "local") == 0)
		return 0;
	return error_set(err, ERROR_UNSUPPORTED,
			 "error looking up volume plugin %s: plugin \"%s\" not found: there is "
			 "only the driver local",
			 driver, driver);
}

static int set_driver(struct long_mount *mount, const char *value, struct error *err)
{
	(void)mount;
	return request_check_volume_driver(value, err);
}

static int set_size(struct long_mount *mount, const char *value, struct error *err)
{
	return units_parse_size(&mount->mount->tmpfs_size, value, err);
}

static int set_file_mode(struct long_mount *mount, const char *value, struct error *err)
{
	return units_parse_mode(&mount->mount->tmpfs_mode, value, err);
}

static const struct mount_field {
	const char *key;
	set_field *set;
	bool is_flag; /* the key alone means true */
} mount_fields[] = {
	{"type", set_type, false},
	{"source", set_source, false},
	{"src", set_source, false},
	{"target", set_target, false},
	{"dst", set_target, false},
	{"destination", set_target, false},
	{"readonly", set_read_only, true},
	{"ro", set_read_only, true},
	{"consistency", set_nothing, false},
	{"bind-propagation", set_propagation, false},
	{"bind-recursive", set_recursive, false},
	{"bind-create-src", set_create, true},
	{"volume-subpath", set_subpath, false},
	{"volume-nocopy", set_no_copy, true},
	{"volume-label", add_label, false},
	{"volume-driver", set_driver, false},
	{"volume-opt", add_option, false},
	{"image-subpath", set_subpath, false},
	{"tmpfs-size", set_size, false},
	{"tmpfs-mode", set_file_mode, false},
};

static const struct mount_field *find_field(const char *key)
{
	for (size_t i = 0; i < array_length(mount_fields); i++)
		if (strcasecmp(mount_fields[i].key, key) == 0)
			return &mount_fields[i];
	return NULL;
}

/* "bind-recursive" is a field of one type. */
static void note_kind(struct long_mount *mount, const struct mount_field *field)
{
	for (int i = 0; container_mount_types[i]; i++) {
		size_t length = strlen(container_mount_types[i]);

		if (strncmp(field->key, container_mount_types[i], length) == 0 &&
		    field->key[length] == '-')
			mount->kind = container_mount_types[i];
	}
}

static int take_field(struct long_mount *mount, const struct pair *pair, struct error *err)
{
	const struct mount_field *field = find_field(pair->name);

	if (strcasecmp(pair->name, "bind-nonrecursive") == 0)
		return error_set(err, ERROR_INVALID,
				 "bind-nonrecursive is deprecated, use bind-recursive=disabled "
				 "instead");
	if (!field)
		return error_set(err, ERROR_INVALID, "unknown option '%s' in '%s%s%s'", pair->name,
				 pair->name, pair->value ? "=" : "",
				 pair->value ? pair->value : "");
	if (!pair->value && !field->is_flag)
		return error_set(err, ERROR_INVALID, "invalid field '%s' must be a key=value pair",
				 pair->name);
	if (pair->value && !*pair->value)
		return error_set(err, ERROR_INVALID, "invalid value for '%s': value is empty",
				 pair->name);
	note_kind(mount, field);
	if (field->set(mount, pair->value, err) < 0)
		return error_wrap(err, "invalid value for %s", pair->name);
	return 0;
}

static int check_long(const struct long_mount *mount, struct error *err)
{
	const char *type = container_mount_types[mount->mount->type];
	const char *fault = mount_text_find_fault(mount->mount);

	if (mount->kind && strcmp(mount->kind, type) != 0)
		return error_set(err, ERROR_INVALID,
				 "cannot mix '%s-*' options with mount type '%s'", mount->kind,
				 type);
	if (mount->mount->is_writable_below && !mount->mount->read_only)
		return error_set(err, ERROR_INVALID,
				 "option 'bind-recursive=writable' requires 'readonly' to be "
				 "specified in conjunction");
	if (fault)
		return error_set(err, ERROR_INVALID, "invalid mount config for type \"%s\": %s",
				 type, fault);
	return 0;
}

static int read_long(struct long_mount *mount, const char *text, struct error *err)
{
	struct pair *fields;
	size_t count;

	if (!*text)
		return error_set(err, ERROR_INVALID, "value is empty");
	if (pair_from_csv(&fields, &count, text, mount->arena, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (take_field(mount, &fields[i], err) < 0)
			return -1;
	return check_long(mount, err);
}

int request_mount_parse(struct container_mount *out, const char *text, const char *directory,
			struct arena *arena, struct error *err)
{
	struct long_mount mount = {.mount = out, .directory = directory, .arena = arena};
	int result;

	*out = (struct container_mount){.type = CONTAINER_MOUNT_VOLUME};
	result = read_long(&mount, text, err);
	if (mount.labels.count)
		out->labels = strvec_copy(&mount.labels, arena);
	if (mount.options.count)
		out->options = strvec_copy(&mount.options, arena);
	strvec_release(&mount.labels);
	strvec_release(&mount.options);
	if (result < 0)
		return error_wrap(err, "invalid argument \"%s\" for \"--mount\" flag", text);
	return 0;
}
