/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/dockerfile/mount.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/nearest.h"
#include "base/path.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "base/units.h"
#include "builder/dockerfile/expand.h"
#include "builder/dockerfile/mount_private.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

#define BIT(type) (1U << DOCKERFILE_MOUNT_##type)
#define ALL	  (BIT(BIND) | BIT(CACHE) | BIT(TMPFS) | BIT(SECRET) | BIT(SSH))
#define HAS_OWNER (BIT(CACHE) | BIT(SECRET) | BIT(SSH))

static const char *const type_names[] = {
	[DOCKERFILE_MOUNT_BIND] = "bind",   [DOCKERFILE_MOUNT_CACHE] = "cache",
	[DOCKERFILE_MOUNT_TMPFS] = "tmpfs", [DOCKERFILE_MOUNT_SECRET] = "secret",
	[DOCKERFILE_MOUNT_SSH] = "ssh",	    NULL,
};

static const char *const sharing_names[] = {
	[DOCKERFILE_SHARING_SHARED] = "shared",
	[DOCKERFILE_SHARING_PRIVATE] = "private",
	[DOCKERFILE_SHARING_LOCKED] = "locked",
	NULL,
};

/* While its options are read. */
struct reader {
	struct dockerfile_mount *mount;
	bool has_access; /* ro, rw */
	bool is_readonly;
	unsigned seen; /* bits of the table's options */
};

static int find_name(const char *const *names, const char *what, const char *value,
		     struct error *err)
{
	const char *near;

	for (int i = 0; names[i]; i++)
		if (strcasecmp(names[i], value) == 0)
			return i;
	near = nearest_word(value, names);
	return error_set(err, ERROR_INVALID, "unsupported %s '%.60s'%s%s%s", what, value,
			 near ? " (did you mean " : "", near ? near : "", near ? "?)" : "");
}

static int set_type(struct reader *reader, const char *value, struct error *err)
{
	int type = find_name(type_names, "mount type", value, err);

	if (type >= 0)
		reader->mount->type = (enum dockerfile_mount_type)type;
	return type < 0 ? -1 : 0;
}

static int set_sharing(struct reader *reader, const char *value, struct error *err)
{
	int sharing = find_name(sharing_names, "sharing", value, err);

	if (sharing >= 0)
		reader->mount->sharing = (enum dockerfile_mount_sharing)sharing;
	return sharing < 0 ? -1 : 0;
}

static int set_from(struct reader *reader, const char *value, struct error *err)
{
	(void)err;
	reader->mount->from = *value ? value : NULL;
	return 0;
}

static int set_source(struct reader *reader, const char *value, struct error *err)
{
	(void)err;
	reader->mount->source = value;
	return 0;
}

static int set_target(struct reader *reader, const char *value, struct error *err)
{
	(void)err;
	reader->mount->target = *value ? value : NULL;
	return 0;
}

static int set_id(struct reader *reader, const char *value, struct error *err)
{
	(void)err;
	reader->mount->id = *value ? value : NULL;
	return 0;
}

static int set_env(struct reader *reader, const char *value, struct error *err)
{
	(void)err;
	reader->mount->env = value;
	return 0;
}

static int set_readonly(struct reader *reader, const char *value, struct error *err)
{
	reader->has_access = true;
	return units_parse_bool(&reader->is_readonly, value, err);
}

static int set_readwrite(struct reader *reader, const char *value, struct error *err)
{
	int parsed = set_readonly(reader, value, err);

	reader->is_readonly = !reader->is_readonly;
	return parsed;
}

static int set_required(struct reader *reader, const char *value, struct error *err)
{
	return units_parse_bool(&reader->mount->is_required, value, err);
}

static int set_size(struct reader *reader, const char *value, struct error *err)
{
	if (units_parse_size(&reader->mount->size, value, err) < 0)
		return -1;
	if (reader->mount->size < 0)
		return error_set(err, ERROR_INVALID, "a size is not below 0");
	return 0;
}

static int set_mode(struct reader *reader, const char *value, struct error *err)
{
	reader->mount->has_mode = true;
	return units_parse_mode(&reader->mount->mode, value, err);
}

static int set_uid(struct reader *reader, const char *value, struct error *err)
{
	return units_parse_id(&reader->mount->uid, value, err);
}

static int set_gid(struct reader *reader, const char *value, struct error *err)
{
	return units_parse_id(&reader->mount->gid, value, err);
}

static const struct option {
	const char *name;
	unsigned types;
	int (*set)(struct reader *reader, const char *value, struct error *err);
	bool is_flag; /* alone it is true */
} options[] = {
	{"type", ALL, set_type, false},
	{"from", ALL & ~BIT(SECRET), set_from, false},
	{"source", ALL, set_source, false},
	{"src", ALL, set_source, false},
	{"target", ALL, set_target, false},
	{"dst", ALL, set_target, false},
	{"destination", ALL, set_target, false},
	{"id", ALL, set_id, false},
	{"env", ALL, set_env, false},
	{"readonly", ALL, set_readonly, true},
	{"ro", ALL, set_readonly, true},
	{"readwrite", ALL, set_readwrite, true},
	{"rw", ALL, set_readwrite, true},
	{"required", BIT(SECRET) | BIT(SSH), set_required, true},
	{"size", BIT(TMPFS), set_size, false},
	{"sharing", BIT(CACHE), set_sharing, false},
	{"mode", HAS_OWNER, set_mode, false},
	{"uid", HAS_OWNER, set_uid, false},
	{"gid", HAS_OWNER, set_gid, false},
};

static const struct option *find_option(const char *name, const char *field, struct error *err)
{
	const char *names[array_length(options) + 1], *near;

	for (size_t i = 0; i < array_length(options); i++) {
		if (strcasecmp(options[i].name, name) == 0)
			return &options[i];
		names[i] = options[i].name;
	}
	names[array_length(options)] = NULL;
	near = nearest_word(name, names);
	error_set(err, ERROR_INVALID, "unexpected key '%.60s' in '%.100s'%s%s%s", name, field,
		  near ? " (did you mean " : "", near ? near : "", near ? "?)" : "");
	return NULL;
}

/* Fields between commas, as CSV has them: one in double quotes may have commas, and "" for one. */
static int split_fields(struct strvec *fields, const char *text, struct error *err)
{
	auto_strbuf struct strbuf field = {0};
	bool is_quoted = false;

	for (const char *at = text;; at++) {
		if (*at == '"' && is_quoted && at[1] == '"') {
			strbuf_add_char(&field, *at++);
		} else if (*at == '"' && (is_quoted || !field.length)) {
			is_quoted = !is_quoted;
		} else if (*at == '"') {
			return error_set(err, ERROR_INVALID, "a quote stands within '%.100s'",
					 text);
		} else if (*at && (is_quoted || *at != ',')) {
			strbuf_add_char(&field, *at);
		} else {
			strvec_add(fields, strbuf_text(&field));
			strbuf_clear(&field);
			if (!*at)
				break;
		}
	}
	if (is_quoted)
		return error_set(err, ERROR_INVALID, "a quote in '%.100s' never closes", text);
	return 0;
}

static int read_option(struct reader *reader, char *field, const struct expansion *expansion,
		       struct error *err)
{
	auto_free char *whole = strdup(field);
	char *equals = strchr(field, '=');
	const struct option *option;
	const char *value;

	if (equals)
		*equals = '\0';
	option = find_option(field, whole, err);
	if (!option)
		return -1;
	if (!equals && !option->is_flag)
		return error_set(err, ERROR_INVALID, "'%.60s' must be a pair: %s=VALUE", whole,
				 option->name);
	value = equals ? expand_word(expansion, equals + 1, err) : "true";
	if (!value)
		return -1;
	if (option->set(reader, value, err) < 0)
		return error_wrap(err, "%s", option->name);
	reader->seen |= 1U << (option - options);
	return 0;
}

static int check_options(const struct reader *reader, struct error *err)
{
	const struct dockerfile_mount *mount = reader->mount;

	for (size_t i = 0; i < array_length(options); i++)
		if (reader->seen & (1U << i) && !(options[i].types & (1U << mount->type)))
			return error_set(err, ERROR_INVALID,
					 "unexpected key '%s' for mount type '%s'", options[i].name,
					 type_names[mount->type]);
	return 0;
}

static int check_secret(struct dockerfile_mount *mount, struct error *err)
{
	bool has_source = mount->source && *mount->source;

	if (has_source && mount->id)
		return error_set(err, ERROR_INVALID, "of source and id a secret has only one");
	if (has_source)
		mount->id = mount->source;
	if (!mount->id && !mount->target)
		return error_set(err, ERROR_INVALID, "a secret needs an id or a target");
	if (mount->env && !*mount->env)
		mount->env = mount->id;
	return 0;
}

static const char *last_part(const char *path, struct arena *arena)
{
	size_t end = strlen(path), start;

	while (end > 1 && path[end - 1] == '/')
		end--;
	for (start = end; start && path[start - 1] != '/';)
		start--;
	return arena_string_n(arena, path + start, end - start);
}

/* Without "//", "." and "..", which do not lead above the root; then from @skipped on. */
static const char *clean(const char *path, size_t skipped, struct arena *arena)
{
	auto_free char *absolute = alloc_format("/%s", path);
	auto_free char *cleaned = path_clean(absolute);

	return arena_string(arena, cleaned + skipped);
}

static int check_target(const struct dockerfile_mount *mount, struct error *err)
{
	if (mount->target || mount->type == DOCKERFILE_MOUNT_SECRET ||
	    mount->type == DOCKERFILE_MOUNT_SSH)
		return 0;
	return error_set(err, ERROR_INVALID, "a mount of type %s needs a target",
			 type_names[mount->type]);
}

static void set_defaults(struct reader *reader, struct arena *arena)
{
	static const unsigned modes[] = {[DOCKERFILE_MOUNT_CACHE] = 0755,
					 [DOCKERFILE_MOUNT_SECRET] = 0400,
					 [DOCKERFILE_MOUNT_SSH] = 0600};
	struct dockerfile_mount *mount = reader->mount;
	bool is_own =
		mount->type == DOCKERFILE_MOUNT_CACHE || mount->type == DOCKERFILE_MOUNT_TMPFS;

	if (!mount->has_mode)
		mount->mode = modes[mount->type];
	mount->is_writable = reader->has_access ? !reader->is_readonly : is_own;
	if (mount->type == DOCKERFILE_MOUNT_CACHE && !mount->id)
		mount->id = clean(mount->target, *mount->target != '/', arena);
	else if (mount->type == DOCKERFILE_MOUNT_SECRET && !mount->id)
		mount->id = last_part(mount->target, arena);
	else if (mount->type == DOCKERFILE_MOUNT_SSH && !mount->id)
		mount->id = "default";
	mount->source = clean(mount->source ? mount->source : "", 1, arena);
}

int dockerfile_mount_parse(struct dockerfile_mount *mount, const char *text,
			   const struct expansion *expansion, struct error *err)
{
	struct reader reader = {.mount = mount};
	auto_strvec struct strvec fields = {0};

	*mount = (struct dockerfile_mount){0};
	if (split_fields(&fields, text, err) < 0)
		return error_wrap(err, "--mount");
	strvec_each (field, &fields) {
		if (read_option(&reader, *field, expansion, err) < 0)
			return error_wrap(err, "--mount");
	}
	if (check_options(&reader, err) < 0 || check_target(mount, err) < 0 ||
	    (mount->type == DOCKERFILE_MOUNT_SECRET && check_secret(mount, err) < 0))
		return error_wrap(err, "--mount");
	set_defaults(&reader, expansion->arena);
	return 0;
}

int mount_check_early(const char *text, struct error *err)
{
	auto_strvec struct strvec fields = {0};

	if (split_fields(&fields, text, err) < 0)
		return error_wrap(err, "--mount");
	strvec_each (field, &fields) {
		if (strncasecmp(*field, "from=", 5) == 0 && strchr(*field, '$'))
			return error_set(err, ERROR_INVALID,
					 "--mount: from does not take variables: '%.60s'; give the "
					 "stage a name with FROM $X AS NAME and use that",
					 *field + 5);
	}
	return 0;
}
