/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The document's members, but for "process" and "linux.resources".
 */
#include "runtime/spec_schema.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "base/strvec.h"

#include <linux/mempolicy.h>
#include <string.h>
#include <sys/personality.h>

#define ROW(name, kind, member) SPEC_ROW(name, kind, struct spec, member)

/* ---- identities ------------------------------------------------------------------------------ */

static const struct spec_field id_map_rows[] = {
	{SPEC_ROW("containerID", FIELD_UNSIGNED, struct spec_id_map, inside), .required = true},
	{SPEC_ROW("hostID", FIELD_UNSIGNED, struct spec_id_map, outside), .required = true},
	{SPEC_ROW("size", FIELD_UNSIGNED, struct spec_id_map, count), .required = true},
	{0},
};

/* The last id of all is nobody's: it says "no id" to the kernel. */
static int check_id_map(void *item, const struct spec_place *place,
			const struct spec_reader *reader)
{
	const struct spec_id_map *map = item;

	if (map->count == 0 || map->count > UINT32_MAX - map->inside ||
	    map->count > UINT32_MAX - map->outside)
		return spec_fields_refuse(place, reader, "size is out of range");
	return 0;
}

#define ID_MAPS(json_name, type, member)                                                           \
	{                                                                                          \
		SPEC_ROW(json_name, FIELD_LIST, type, member.items),                               \
			.also = offsetof(type, member.count), .rows = id_map_rows,                 \
			.size = sizeof(struct spec_id_map), .check = check_id_map                  \
	}

/* ---- mounts ---------------------------------------------------------------------------------- */

static const struct spec_field mount_rows[] = {
	{SPEC_ROW("destination", FIELD_TEXT, struct spec_mount, destination), .required = true},
	{SPEC_ROW("type", FIELD_TEXT, struct spec_mount, type)},
	{SPEC_ROW("source", FIELD_TEXT, struct spec_mount, source)},
	{SPEC_ROW("options", FIELD_TEXTS, struct spec_mount, options)},
	ID_MAPS("uidMappings", struct spec_mount, uids),
	ID_MAPS("gidMappings", struct spec_mount, gids),
	{0},
};

/* A relative destination is one below "/": so old configurations have it. */
static int check_mount(void *item, const struct spec_place *place, const struct spec_reader *reader)
{
	struct spec_mount *mount = item;

	mount->source_fd = -1;
	if (!*mount->destination)
		return spec_fields_refuse(place, reader, "destination is empty");
	if (mount->destination[0] != '/')
		mount->destination = arena_format(reader->arena, "/%s", mount->destination);
	if (!mount->uids.count != !mount->gids.count)
		return spec_fields_refuse(place, reader, "uidMappings and gidMappings go together");
	return 0;
}

/* ---- namespaces ------------------------------------------------------------------------------ */

static const struct spec_word namespace_words[] = {
	{"mount", SPEC_NS_MOUNT}, {"pid", SPEC_NS_PID},	  {"network", SPEC_NS_NETWORK},
	{"ipc", SPEC_NS_IPC},	  {"uts", SPEC_NS_UTS},	  {"cgroup", SPEC_NS_CGROUP},
	{"user", SPEC_NS_USER},	  {"time", SPEC_NS_TIME}, {0},
};

void spec_schema_namespaces(struct strvec *out)
{
	for (const struct spec_word *word = namespace_words; word->name; word++)
		strvec_add(out, word->name);
}

struct namespace_item {
	int type;
	const char *path;
};

static const struct spec_field namespace_rows[] = {
	{SPEC_ROW("type", FIELD_WORD, struct namespace_item, type), .required = true,
	 .words = namespace_words},
	{SPEC_ROW("path", FIELD_TEXT, struct namespace_item, path)},
	{0},
};

static int read_namespaces(void *member, const json *value, const struct spec_place *place,
			   const struct spec_reader *reader)
{
	struct spec_namespace_use *uses = member;

	if (!json_is_array(value))
		return spec_fields_refuse(place, reader, "is not a list");
	for (size_t i = 0; i < json_length(value); i++) {
		struct spec_place here = {place, NULL, i};
		struct namespace_item item = {0};

		if (spec_fields_read(&item, json_at(value, i), namespace_rows, &here, reader) < 0)
			return -1;
		if (uses[item.type].own)
			return spec_fields_refuse(&here, reader, "the same type twice");
		if (item.path && *item.path && item.path[0] != '/')
			return spec_fields_refuse(&here, reader, "path is not absolute");
		uses[item.type].own = true;
		uses[item.type].path = item.path && *item.path ? item.path : NULL;
	}
	return 0;
}

static json *write_namespaces(const void *member)
{
	const struct spec_namespace_use *uses = member;
	json *list = json_new_array();

	for (int ns = 0; ns < SPEC_NS_COUNT; ns++) {
		struct namespace_item item = {ns, uses[ns].path};
		json *object;

		if (!uses[ns].own)
			continue;
		object = json_new_object();
		spec_fields_write(object, &item, namespace_rows);
		json_add(list, object);
	}
	return list;
}

#define OFFSET(name, clock)                                                                        \
	{                                                                                          \
		ROW(name, FIELD_OBJECT, time_offsets[clock]),                                      \
			.also = offsetof(struct spec, has_time_offset[clock]),                     \
			.rows = time_offset_rows                                                   \
	}

static const struct spec_field time_offset_rows[] = {
	{SPEC_ROW("secs", FIELD_INT64, struct spec_time_offset, seconds)},
	{SPEC_ROW("nanosecs", FIELD_UNSIGNED, struct spec_time_offset, nanoseconds), .minimum = 0,
	 .maximum = 999999999},
	{0},
};

static const struct spec_field clock_rows[] = {
	OFFSET("monotonic", SPEC_CLOCK_MONOTONIC),
	OFFSET("boottime", SPEC_CLOCK_BOOTTIME),
	{0},
};

static int read_time_offsets(void *member, const json *value, const struct spec_place *place,
			     const struct spec_reader *reader)
{
	if (!json_is_object(value))
		return spec_fields_refuse(place, reader, "is not an object");
	json_each (name, offset, (json *)value) {
		struct spec_place item = {place, name, 0};

		(void)offset;
		if (strcmp(name, "monotonic") != 0 && strcmp(name, "boottime") != 0)
			return spec_fields_refuse(&item, reader, "is no clock that can be offset");
	}
	return spec_fields_read(member, value, clock_rows, place, reader);
}

static json *write_time_offsets(const void *member)
{
	json *object = json_new_object();

	spec_fields_write(object, member, clock_rows);
	if (json_object_object_length(object) > 0)
		return object;
	json_object_put(object);
	return NULL;
}

/* ---- devices --------------------------------------------------------------------------------- */

/* 'u' is another name of a character device. */
static int read_device_type(void *member, const json *value, const struct spec_place *place,
			    const struct spec_reader *reader)
{
	const char *text = spec_fields_text(value, place, reader);

	if (!text)
		return -1;
	if (!*text || text[1] || !strchr("cbpu", *text))
		return spec_fields_refuse(place, reader, "is not 'c', 'b', 'u' or 'p'");
	*(char *)member = *text == 'u' ? 'c' : *text;
	return 0;
}

static json *write_device_type(const void *member)
{
	return json_new_string(member, 1);
}

static const struct spec_field device_rows[] = {
	{SPEC_ROW("type", FIELD_CUSTOM, struct spec_device, type), .required = true,
	 .read = read_device_type, .write = write_device_type},
	{SPEC_ROW("path", FIELD_TEXT, struct spec_device, path), .required = true},
	{SPEC_ROW("major", FIELD_UNSIGNED, struct spec_device, major), .always = true, .minimum = 0,
	 .maximum = 0xfff},
	{SPEC_ROW("minor", FIELD_UNSIGNED, struct spec_device, minor), .always = true, .minimum = 0,
	 .maximum = 0xfffff},
	{SPEC_ROW("fileMode", FIELD_UNSIGNED, struct spec_device, mode), .minimum = 0,
	 .maximum = 0177777},
	{SPEC_ROW("uid", FIELD_UNSIGNED, struct spec_device, uid), .always = true, .minimum = 0,
	 .maximum = UINT32_MAX - 1},
	{SPEC_ROW("gid", FIELD_UNSIGNED, struct spec_device, gid), .always = true, .minimum = 0,
	 .maximum = UINT32_MAX - 1},
	{0},
};

static int check_device(void *item, const struct spec_place *place,
			const struct spec_reader *reader)
{
	struct spec_device *device = item;

	device->mode &= 07777; /* some write the type there as well */
	if (device->path[0] != '/')
		return spec_fields_refuse(place, reader, "path is not absolute");
	return 0;
}

/* ---- what is rare ---------------------------------------------------------------------------- */

static const struct spec_word domains[] = {{"LINUX", PER_LINUX}, {"LINUX32", PER_LINUX32}, {0}};

/* None is defined yet. */
static int refuse_flags(void *member, const json *value, const struct spec_place *place,
			const struct spec_reader *reader)
{
	(void)member;
	if (!json_is_array(value) || json_length(value))
		return spec_fields_refuse(place, reader, "there are none");
	return 0;
}

static json *write_nothing(const void *member)
{
	(void)member;
	return NULL;
}

static const struct spec_field personality_rows[] = {
	{.name = "domain", .kind = FIELD_WORD, .required = true, .words = domains},
	{.name = "flags", .kind = FIELD_CUSTOM, .read = refuse_flags, .write = write_nothing},
	{0},
};

static const struct spec_field rdt_rows[] = {
	{SPEC_ROW("closID", FIELD_TEXT, struct spec_intel_rdt, group)},
	{SPEC_ROW("l3CacheSchema", FIELD_TEXT, struct spec_intel_rdt, l3_cache)},
	{SPEC_ROW("memBwSchema", FIELD_TEXT, struct spec_intel_rdt, memory_bandwidth)},
	{SPEC_ROW("schemata", FIELD_TEXTS, struct spec_intel_rdt, schemata)},
	{SPEC_ROW("enableMonitoring", FIELD_FLAG, struct spec_intel_rdt, monitoring)},
	{SPEC_ROW("enableCMT", FIELD_FLAG, struct spec_intel_rdt, cache_monitoring)},
	{SPEC_ROW("enableMBM", FIELD_FLAG, struct spec_intel_rdt, bandwidth_monitoring)},
	{0},
};

/* A group's name is one directory, and a schema one line. */
static int check_rdt(void *item, const struct spec_place *place, const struct spec_reader *reader)
{
	const struct spec_intel_rdt *rdt = item;
	const char *group = rdt->group;

	if (group && strcmp(group, "/") != 0 &&
	    (!*group || strchr(group, '/') || strcmp(group, ".") == 0 || strcmp(group, "..") == 0))
		return spec_fields_refuse(place, reader, "closID is no name of a directory");
	if ((rdt->l3_cache && strchr(rdt->l3_cache, '\n')) ||
	    (rdt->memory_bandwidth && strchr(rdt->memory_bandwidth, '\n')))
		return spec_fields_refuse(place, reader, "a schema is not a line");
	if (rdt->memory_bandwidth && strncmp(rdt->memory_bandwidth, "MB:", 3) != 0)
		return spec_fields_refuse(place, reader, "memBwSchema does not begin with 'MB:'");
	for (char **line = rdt->schemata; line && *line; line++)
		if (strchr(*line, '\n'))
			return spec_fields_refuse(place, reader, "schemata holds more than lines");
	return 0;
}

#ifndef MPOL_PREFERRED_MANY
#define MPOL_PREFERRED_MANY 5
#endif
#define WEIGHTED_INTERLEAVE 6 /* MPOL_WEIGHTED_INTERLEAVE, since Linux 6.9 */

static const struct spec_word memory_modes[] = {
	{"MPOL_DEFAULT", MPOL_DEFAULT},	      {"MPOL_BIND", MPOL_BIND},
	{"MPOL_INTERLEAVE", MPOL_INTERLEAVE}, {"MPOL_WEIGHTED_INTERLEAVE", WEIGHTED_INTERLEAVE},
	{"MPOL_PREFERRED", MPOL_PREFERRED},   {"MPOL_PREFERRED_MANY", MPOL_PREFERRED_MANY},
	{"MPOL_LOCAL", MPOL_LOCAL},	      {0},
};

static const struct spec_word memory_flags[] = {
	{"MPOL_F_NUMA_BALANCING", MPOL_F_NUMA_BALANCING},
	{"MPOL_F_RELATIVE_NODES", MPOL_F_RELATIVE_NODES},
	{"MPOL_F_STATIC_NODES", MPOL_F_STATIC_NODES},
	{0},
};

static const struct spec_field memory_policy_rows[] = {
	{SPEC_ROW("mode", FIELD_WORD, struct spec_memory_policy, mode), .required = true,
	 .words = memory_modes},
	{SPEC_ROW("nodes", FIELD_TEXT, struct spec_memory_policy, nodes)},
	{SPEC_ROW("flags", FIELD_WORDS, struct spec_memory_policy, flags), .words = memory_flags},
	{0},
};

static int read_seccomp(void *member, const json *value, const struct spec_place *place,
			const struct spec_reader *reader)
{
	auto_strbuf struct strbuf text = {0};

	if (!json_is_object(value))
		return spec_fields_refuse(place, reader, "is not an object");
	json_print(&text, value, false);
	*(const char **)member = arena_string(reader->arena, strbuf_text(&text));
	return 0;
}

/* Checked when it was given; what is no JSON is no profile and fails at load. */
static json *write_seccomp(const void *member)
{
	const char *text = *(const char *const *)member;
	json *profile;

	if (!text || strcmp(text, SPEC_SECCOMP_DEFAULT) == 0)
		return NULL;
	profile = json_parse(text, strlen(text), "seccomp", NULL);
	return profile ? profile : json_new_object();
}

static int read_propagation(void *member, const json *value, const struct spec_place *place,
			    const struct spec_reader *reader)
{
	static const char *const words[] = {"private", "slave", "shared", "unbindable"};
	const char *text = spec_fields_text(value, place, reader);

	if (!text || !*text)
		return text ? 0 : -1;
	for (size_t i = 0; i < array_length(words); i++)
		if (strcmp(text + (*text == 'r'), words[i]) == 0) {
			*(const char **)member = text;
			return 0;
		}
	return spec_fields_refuse(place, reader, "is an unknown word");
}

static json *write_text(const void *member)
{
	const char *text = *(const char *const *)member;

	return text ? json_new_string(text, strlen(text)) : NULL;
}

/* ---- hooks ----------------------------------------------------------------------------------- */

static const struct spec_field hook_item_rows[] = {
	{SPEC_ROW("path", FIELD_TEXT, struct spec_hook, path), .required = true},
	{SPEC_ROW("args", FIELD_TEXTS, struct spec_hook, args)},
	{SPEC_ROW("env", FIELD_TEXTS, struct spec_hook, env)},
	{SPEC_ROW("timeout", FIELD_INT, struct spec_hook, timeout_s), .minimum = 1,
	 .maximum = INT32_MAX},
	{0},
};

static int check_hook(void *item, const struct spec_place *place, const struct spec_reader *reader)
{
	if (((struct spec_hook *)item)->path[0] != '/')
		return spec_fields_refuse(place, reader, "path is not absolute");
	return 0;
}

#define HOOKS(json_name, hook_kind)                                                                \
	{                                                                                          \
		ROW(json_name, FIELD_LIST, hooks[hook_kind].items),                                \
			.also = offsetof(struct spec, hooks[hook_kind].count),                     \
			.rows = hook_item_rows, .size = sizeof(struct spec_hook),                  \
			.check = check_hook                                                        \
	}

/* In the order of enum spec_hook_kind. */
static const struct spec_field hook_rows[] = {
	HOOKS("prestart", SPEC_HOOK_PRESTART),
	HOOKS("createRuntime", SPEC_HOOK_CREATE_RUNTIME),
	HOOKS("createContainer", SPEC_HOOK_CREATE_CONTAINER),
	HOOKS("startContainer", SPEC_HOOK_START_CONTAINER),
	HOOKS("poststart", SPEC_HOOK_POSTSTART),
	HOOKS("poststop", SPEC_HOOK_POSTSTOP),
	{0},
};

const char *spec_hook_name(enum spec_hook_kind kind)
{
	return hook_rows[kind].name;
}

/* ---- all of it ------------------------------------------------------------------------------- */

static const struct spec_field linux_rows[] = {
	{ROW("namespaces", FIELD_CUSTOM, namespaces), .read = read_namespaces,
	 .write = write_namespaces},
	ID_MAPS("uidMappings", struct spec, uids),
	ID_MAPS("gidMappings", struct spec, gids),
	{.name = "timeOffsets",
	 .kind = FIELD_CUSTOM,
	 .read = read_time_offsets,
	 .write = write_time_offsets},
	{ROW("devices", FIELD_LIST, devices), .also = offsetof(struct spec, device_count),
	 .rows = device_rows, .size = sizeof(struct spec_device), .check = check_device},
	{.name = "netDevices",
	 .kind = FIELD_REFUSED,
	 .note = "moving the host's interfaces is not supported"},
	{ROW("resources", FIELD_OBJECT, resources), .rows = spec_resource_rows},
	{ROW("cgroupsPath", FIELD_TEXT, cgroups_path)},
	{ROW("sysctl", FIELD_PAIRS, sysctls), .also = offsetof(struct spec, sysctl_count)},
	{ROW("maskedPaths", FIELD_TEXTS, masked_paths)},
	{ROW("readonlyPaths", FIELD_TEXTS, readonly_paths)},
	{ROW("rootfsPropagation", FIELD_CUSTOM, rootfs_propagation), .read = read_propagation,
	 .write = write_text},
	{ROW("mountLabel", FIELD_TEXT, mount_label)},
	{ROW("seccomp", FIELD_CUSTOM, seccomp), .read = read_seccomp, .write = write_seccomp},
	{ROW("intelRdt", FIELD_OBJECT, intel_rdt), .also = offsetof(struct spec, has_intel_rdt),
	 .rows = rdt_rows, .check = check_rdt},
	{ROW("memoryPolicy", FIELD_OBJECT, memory_policy),
	 .also = offsetof(struct spec, has_memory_policy), .rows = memory_policy_rows},
	{ROW("personality", FIELD_OBJECT, personality),
	 .also = offsetof(struct spec, has_personality), .rows = personality_rows},
	{0},
};

static const struct spec_field root_rows[] = {
	{ROW("path", FIELD_TEXT, root_path)},
	{ROW("readonly", FIELD_FLAG, root_readonly)},
	{0},
};

const struct spec_field spec_rows[] = {
	{.name = "root", .kind = FIELD_OBJECT, .rows = root_rows},
	{.name = "process", .kind = FIELD_OBJECT, .rows = spec_process_rows},
	{ROW("hostname", FIELD_TEXT, hostname)},
	{ROW("domainname", FIELD_TEXT, domainname)},
	{ROW("mounts", FIELD_LIST, mounts), .also = offsetof(struct spec, mount_count),
	 .rows = mount_rows, .size = sizeof(struct spec_mount), .check = check_mount},
	{.name = "hooks", .kind = FIELD_OBJECT, .rows = hook_rows},
	{ROW("annotations", FIELD_PAIRS, annotations),
	 .also = offsetof(struct spec, annotation_count)},
	{.name = "linux", .kind = FIELD_OBJECT, .rows = linux_rows},
	{0},
};
