/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads a specification from OCI runtime-spec JSON. Unknown members are ignored, as the standard
 * asks; members of the wrong type or with impossible values are errors that name them.
 */
#include "runtime/spec_json.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/log.h"

#include <string.h>

/* ---- small readers --------------------------------------------------------------------------- */

static int bad(struct error *err, const char *where, const char *what)
{
	return error_set(err, ERROR_INVALID, "config.json: %s: %s", where, what);
}

static bool is_unset(const json *value)
{
	return !value || json_object_is_type(value, json_type_null);
}

static int read_string(const char **out, const json *object, const char *name, struct arena *arena,
		       struct error *err)
{
	json *value = json_get(object, name);

	if (is_unset(value))
		return 0;
	/* json-c keeps a NUL inside a text; we would cut there, others not. */
	if (!json_is_string(value) ||
	    strlen(json_object_get_string(value)) != (size_t)json_object_get_string_len(value))
		return bad(err, name, "is not a text");
	*out = arena_string(arena, json_object_get_string(value));
	return 0;
}

static int read_strings(char ***out, const json *object, const char *name, struct arena *arena,
			struct error *err)
{
	json *list = json_get(object, name);
	size_t count = json_length(list);

	if (is_unset(list))
		return 0;
	if (!json_is_array(list))
		return bad(err, name, "is not a list");
	*out = arena_array(arena, count + 1, sizeof(char *));
	for (size_t i = 0; i < count; i++) {
		json *item = json_at(list, i);

		if (!json_is_string(item) || strlen(json_object_get_string(item)) !=
						     (size_t)json_object_get_string_len(item))
			return bad(err, name, "holds something that is not a text");
		(*out)[i] = arena_string(arena, json_object_get_string(item));
	}
	return 0;
}

static int read_int(int64_t *out, const json *object, const char *name,
		    const struct spec_json_range *range, struct error *err)
{
	json *value = json_get(object, name);
	int64_t number;

	if (is_unset(value))
		return 0;
	if (!json_object_is_type(value, json_type_int))
		return bad(err, name, "is not a whole number");
	number = json_object_get_int64(value);
	if (number < range->minimum || number > range->maximum)
		return bad(err, name, "is out of range");
	*out = number;
	return 0;
}

static const struct spec_json_range any = {INT64_MIN, INT64_MAX};
static const struct spec_json_range unsigned_any = {0, INT64_MAX};
static const struct spec_json_range id_range = {0, UINT32_MAX - 1};

static int read_flag(bool *out, const json *object, const char *name, struct error *err)
{
	json *value = json_get(object, name);

	if (is_unset(value))
		return 0;
	if (!json_object_is_type(value, json_type_boolean))
		return bad(err, name, "is neither true nor false");
	*out = json_object_get_boolean(value);
	return 0;
}

static int read_id(uint32_t *out, const json *object, const char *name, struct error *err)
{
	int64_t number = *out;

	if (read_int(&number, object, name, &id_range, err) < 0)
		return -1;
	*out = (uint32_t)number;
	return 0;
}

static int read_unsigned(unsigned *out, const json *object, const char *name, unsigned maximum,
			 struct error *err)
{
	struct spec_json_range range = {0, maximum};
	int64_t number = *out;

	if (read_int(&number, object, name, &range, err) < 0)
		return -1;
	*out = (unsigned)number;
	return 0;
}

/* ---- process --------------------------------------------------------------------------------- */

static int read_user(struct spec_user *user, const json *process, struct arena *arena,
		     struct error *err)
{
	json *object = json_get(process, "user");
	json *groups = json_get(object, "additionalGids");
	unsigned mask = 0;

	if (read_id(&user->uid, object, "uid", err) < 0 ||
	    read_id(&user->gid, object, "gid", err) < 0 ||
	    read_unsigned(&mask, object, "umask", 0777, err) < 0)
		return -1;
	user->has_umask = !is_unset(json_get(object, "umask"));
	user->umask = mask;
	user->group_count = json_length(groups);
	user->groups = arena_array(arena, user->group_count + 1, sizeof(gid_t));
	for (size_t i = 0; i < user->group_count; i++) {
		json *item = json_at(groups, i);
		int64_t gid = json_object_get_int64(item);

		if (!json_object_is_type(item, json_type_int) || gid < 0 || gid >= UINT32_MAX)
			return bad(err, "additionalGids", "holds something that is not a group");
		user->groups[i] = (gid_t)gid;
	}
	return 0;
}

static int read_capability_set(uint64_t *set, const json *object, const char *name,
			       struct error *err)
{
	json *list = json_get(object, name);

	for (size_t i = 0; i < json_length(list); i++) {
		const char *text = json_string_at(list, i);
		int capability = text ? spec_capability(text) : -1;

		if (!text)
			return bad(err, name, "holds something that is not a text");
		if (capability < 0)
			log_warning_once("unknown capability '%s' ignored", text);
		else
			*set |= UINT64_C(1) << capability;
	}
	return 0;
}

static int read_capabilities(struct spec_capabilities *caps, const json *process, struct error *err)
{
	json *object = json_get(process, "capabilities");

	if (read_capability_set(&caps->bounding, object, "bounding", err) < 0 ||
	    read_capability_set(&caps->effective, object, "effective", err) < 0 ||
	    read_capability_set(&caps->permitted, object, "permitted", err) < 0 ||
	    read_capability_set(&caps->inheritable, object, "inheritable", err) < 0)
		return -1;
	return read_capability_set(&caps->ambient, object, "ambient", err);
}

static int read_rlimit_value(rlim_t *out, const json *object, const char *name, struct error *err)
{
	json *value = json_get(object, name);

	if (!json_object_is_type(value, json_type_int))
		return bad(err, name, "is not a limit");
	/* -1 and 2^64-1 both mean "unlimited". */
	*out = json_object_get_int64(value) < 0 ? RLIM_INFINITY : json_object_get_uint64(value);
	return 0;
}

static int read_rlimits(struct spec *spec, const json *process, struct arena *arena,
			struct error *err)
{
	json *list = json_get(process, "rlimits");
	uint64_t seen = 0;

	spec->rlimits = arena_array(arena, json_length(list) + 1, sizeof(*spec->rlimits));
	for (size_t i = 0; i < json_length(list); i++) {
		struct spec_rlimit *limit = &spec->rlimits[spec->rlimit_count++];
		const char *type = json_string(json_at(list, i), "type", "");

		limit->resource = spec_rlimit(type);
		if (limit->resource < 0)
			return bad(err, "rlimits", "unknown type");
		if (seen >> limit->resource & 1)
			return bad(err, "rlimits", "the same type twice");
		seen |= UINT64_C(1) << limit->resource;
		if (read_rlimit_value(&limit->limit.rlim_cur, json_at(list, i), "soft", err) < 0 ||
		    read_rlimit_value(&limit->limit.rlim_max, json_at(list, i), "hard", err) < 0)
			return -1;
	}
	return 0;
}

static int read_process(struct spec *spec, const json *document, struct arena *arena,
			struct error *err)
{
	json *process = json_get(document, "process");
	json *size = json_get(process, "consoleSize");
	struct spec_json_range scores = {-1000, 1000};
	unsigned rows = 0, columns = 0;
	int64_t score = 0;

	if (read_strings(&spec->args, process, "args", arena, err) < 0 ||
	    read_strings(&spec->env, process, "env", arena, err) < 0 ||
	    read_string(&spec->cwd, process, "cwd", arena, err) < 0 ||
	    read_flag(&spec->terminal, process, "terminal", err) < 0 ||
	    read_unsigned(&rows, size, "height", UINT16_MAX, err) < 0 ||
	    read_unsigned(&columns, size, "width", UINT16_MAX, err) < 0 ||
	    read_user(&spec->user, process, arena, err) < 0 ||
	    read_capabilities(&spec->capabilities, process, err) < 0 ||
	    read_rlimits(spec, process, arena, err) < 0 ||
	    read_flag(&spec->no_new_privileges, process, "noNewPrivileges", err) < 0 ||
	    read_int(&score, process, "oomScoreAdj", &scores, err) < 0 ||
	    read_string(&spec->apparmor_profile, process, "apparmorProfile", arena, err) < 0)
		return -1;
	spec->console_rows = (unsigned short)rows;
	spec->console_columns = (unsigned short)columns;
	spec->has_oom_score_adj = !is_unset(json_get(process, "oomScoreAdj"));
	spec->oom_score_adj = (int)score;
	if (spec->cwd && spec->cwd[0] != '/')
		return bad(err, "cwd", "is not an absolute path");
	return 0;
}

/* ---- mounts, namespaces, devices ------------------------------------------------------------- */

static int read_mounts(struct spec *spec, const json *document, struct arena *arena,
		       struct error *err)
{
	json *list = json_get(document, "mounts");

	spec->mount_count = json_length(list);
	spec->mounts = arena_array(arena, spec->mount_count + 1, sizeof(*spec->mounts));
	for (size_t i = 0; i < spec->mount_count; i++) {
		struct spec_mount *mount = &spec->mounts[i];
		json *object = json_at(list, i);

		mount->source_fd = -1;
		if (read_string(&mount->destination, object, "destination", arena, err) < 0 ||
		    read_string(&mount->type, object, "type", arena, err) < 0 ||
		    read_string(&mount->source, object, "source", arena, err) < 0 ||
		    read_strings(&mount->options, object, "options", arena, err) < 0)
			return -1;
		if (!mount->destination || mount->destination[0] != '/')
			return bad(err, "mounts", "a destination is not an absolute path");
	}
	return 0;
}

static int read_namespaces(struct spec *spec, const json *linux_part, struct arena *arena,
			   struct error *err)
{
	json *list = json_get(linux_part, "namespaces");

	for (size_t i = 0; i < json_length(list); i++) {
		const char *type = json_string(json_at(list, i), "type", "");
		struct spec_namespace_use *use = NULL;

		for (int ns = 0; ns < SPEC_NS_COUNT; ns++)
			if (strcmp(spec_json_namespaces[ns], type) == 0)
				use = &spec->namespaces[ns];
		if (!use && strcmp(type, "time") == 0)
			return error_set(err, ERROR_UNSUPPORTED,
					 "config.json: time namespaces are not supported");
		if (!use)
			return bad(err, "namespaces", "unknown type");
		if (use->own)
			return bad(err, "namespaces", "the same type twice");
		use->own = true;
		if (read_string(&use->path, json_at(list, i), "path", arena, err) < 0)
			return -1;
	}
	return 0;
}

static int read_devices(struct spec *spec, const json *linux_part, struct arena *arena,
			struct error *err)
{
	json *list = json_get(linux_part, "devices");

	spec->device_count = json_length(list);
	spec->devices = arena_array(arena, spec->device_count + 1, sizeof(*spec->devices));
	for (size_t i = 0; i < spec->device_count; i++) {
		struct spec_device *device = &spec->devices[i];
		json *object = json_at(list, i);
		const char *type = json_string(object, "type", "");

		/* 'u' is runtime-spec's other name of a character device. */
		device->type = type[0] == 'u' ? 'c' : type[0];
		if (!type[0] || type[1] || !strchr("cbp", device->type))
			return bad(err, "devices", "unknown type");
		if (read_string(&device->path, object, "path", arena, err) < 0 ||
		    read_unsigned(&device->major, object, "major", 0xfff, err) < 0 ||
		    read_unsigned(&device->minor, object, "minor", 0xfffff, err) < 0 ||
		    read_unsigned(&device->mode, object, "fileMode", 07777, err) < 0 ||
		    read_id(&device->uid, object, "uid", err) < 0 ||
		    read_id(&device->gid, object, "gid", err) < 0)
			return -1;
		if (!device->path || device->path[0] != '/')
			return bad(err, "devices", "a path is not absolute");
	}
	return 0;
}

/* ---- resources ------------------------------------------------------------------------------- */

static int read_device_rule(struct spec_device_rule *rule, const json *object, struct error *err)
{
	static const struct spec_json_range numbers = {-1, 0xfffff};
	const char *type = json_string(object, "type", "a");
	const char *access = json_string(object, "access", "rwm");

	rule->type = *type ? *type : 'a';
	rule->major = rule->minor = -1;
	if (!strchr("abc", rule->type) || (*type && type[1]))
		return bad(err, "resources.devices", "unknown type");
	if (access[strspn(access, "rwm")])
		return bad(err, "resources.devices", "access is not made of r, w and m");
	rule->read = strchr(access, 'r');
	rule->write = strchr(access, 'w');
	rule->mknod = strchr(access, 'm');
	if (read_flag(&rule->allow, object, "allow", err) < 0 ||
	    read_int(&rule->major, object, "major", &numbers, err) < 0)
		return -1;
	return read_int(&rule->minor, object, "minor", &numbers, err);
}

static int read_device_rules(struct spec_resources *resources, const json *object,
			     struct arena *arena, struct error *err)
{
	json *list = json_get(object, "devices");
	size_t count = json_length(list);

	resources->device_rules = arena_array(arena, count + 1, sizeof(*resources->device_rules));
	for (size_t i = 0; i < count; i++)
		if (read_device_rule(&resources->device_rules[resources->device_rule_count++],
				     json_at(list, i), err) < 0)
			return -1;
	/* No list is no restriction, and so is a list whose last word allows everything. */
	if (count == 0) {
		resources->all_devices = true;
	} else {
		const struct spec_device_rule *last = &resources->device_rules[count - 1];

		resources->all_devices = last->allow && last->type == 'a' && last->major < 0 &&
					 last->minor < 0 && last->read && last->write &&
					 last->mknod;
	}
	return 0;
}

static int read_throttles(struct spec_throttle **out, size_t *count, const json *list,
			  struct arena *arena, struct error *err)
{
	*count = json_length(list);
	*out = arena_array(arena, *count + 1, sizeof(**out));
	for (size_t i = 0; i < *count; i++) {
		struct spec_throttle *throttle = &(*out)[i];
		const char *key = json_get(json_at(list, i), "weight") ? "weight" : "rate";
		int64_t rate = 0;

		if (read_unsigned(&throttle->major, json_at(list, i), "major", 0xfff, err) < 0 ||
		    read_unsigned(&throttle->minor, json_at(list, i), "minor", 0xfffff, err) < 0 ||
		    read_int(&rate, json_at(list, i), key, &unsigned_any, err) < 0)
			return -1;
		throttle->rate = (uint64_t)rate;
	}
	return 0;
}

static int read_block_io(struct spec_resources *resources, const json *object, struct arena *arena,
			 struct error *err)
{
	struct spec_resources *r = resources;

	if (read_unsigned(&r->io_weight, object, "weight", 1000, err) < 0)
		return -1;
	if (r->io_weight && r->io_weight < 10)
		return bad(err, "blockIO.weight", "is out of range: 10 to 1000");
	if (read_throttles(&r->io_weights, &r->io_weight_count, json_get(object, "weightDevice"),
			   arena, err) < 0 ||
	    read_throttles(&r->read_bps, &r->read_bps_count,
			   json_get(object, "throttleReadBpsDevice"), arena, err) < 0 ||
	    read_throttles(&r->write_bps, &r->write_bps_count,
			   json_get(object, "throttleWriteBpsDevice"), arena, err) < 0 ||
	    read_throttles(&r->read_iops, &r->read_iops_count,
			   json_get(object, "throttleReadIOPSDevice"), arena, err) < 0)
		return -1;
	return read_throttles(&r->write_iops, &r->write_iops_count,
			      json_get(object, "throttleWriteIOPSDevice"), arena, err);
}

static int read_resources(struct spec_resources *resources, const json *object, struct arena *arena,
			  struct error *err)
{
	static const struct spec_json_range sizes = {-1, INT64_MAX};
	json *memory = json_get(object, "memory");
	json *cpu = json_get(object, "cpu");
	int64_t shares = 0, period = 0;

	if (read_int(&resources->memory_limit, memory, "limit", &sizes, err) < 0 ||
	    read_int(&resources->memory_swap, memory, "swap", &sizes, err) < 0 ||
	    read_int(&resources->memory_reservation, memory, "reservation", &sizes, err) < 0 ||
	    read_int(&shares, cpu, "shares", &unsigned_any, err) < 0 ||
	    read_int(&resources->cpu_quota_us, cpu, "quota", &any, err) < 0 ||
	    read_int(&period, cpu, "period", &unsigned_any, err) < 0 ||
	    read_string(&resources->cpuset_cpus, cpu, "cpus", arena, err) < 0 ||
	    read_string(&resources->cpuset_mems, cpu, "mems", arena, err) < 0 ||
	    read_int(&resources->pids_limit, json_get(object, "pids"), "limit", &sizes, err) < 0 ||
	    read_device_rules(resources, object, arena, err) < 0)
		return -1;
	resources->cpu_shares = (uint64_t)shares;
	resources->cpu_period_us = (uint64_t)period;
	return read_block_io(resources, json_get(object, "blockIO"), arena, err);
}

/* ---- the rest -------------------------------------------------------------------------------- */

static int read_pairs(struct pair **out, size_t *count, const json *object, struct arena *arena,
		      struct error *err)
{
	if (is_unset(object))
		return 0;
	if (!json_is_object(object))
		return bad(err, "sysctl or annotations", "is not an object");
	json_each (name, value, object) {
		struct pair *pair;

		if (!json_is_string(value))
			return bad(err, name, "is not a text");
		*out = arena_grow(arena, *out, *count, sizeof(**out));
		pair = &(*out)[(*count)++];
		pair->name = arena_string(arena, name);
		pair->value = arena_string(arena, json_object_get_string(value));
	}
	return 0;
}

static int read_seccomp(struct spec *spec, const json *linux_part, struct arena *arena,
			struct error *err)
{
	json *profile = json_get(linux_part, "seccomp");
	auto_strbuf struct strbuf text = {0};

	if (is_unset(profile))
		return 0;
	if (!json_is_object(profile))
		return bad(err, "seccomp", "is not an object");
	json_print(&text, profile, false);
	spec->seccomp = arena_string(arena, strbuf_text(&text));
	return 0;
}

static int read_linux(struct spec *spec, const json *document, struct arena *arena,
		      struct error *err)
{
	json *part = json_get(document, "linux");

	if (read_namespaces(spec, part, arena, err) < 0 ||
	    read_devices(spec, part, arena, err) < 0 ||
	    read_resources(&spec->resources, json_get(part, "resources"), arena, err) < 0 ||
	    read_string(&spec->cgroups_path, part, "cgroupsPath", arena, err) < 0 ||
	    read_pairs(&spec->sysctls, &spec->sysctl_count, json_get(part, "sysctl"), arena, err) <
		    0 ||
	    read_strings(&spec->masked_paths, part, "maskedPaths", arena, err) < 0 ||
	    read_strings(&spec->readonly_paths, part, "readonlyPaths", arena, err) < 0 ||
	    read_string(&spec->rootfs_propagation, part, "rootfsPropagation", arena, err) < 0)
		return -1;
	return read_seccomp(spec, part, arena, err);
}

/* Ours are taken out of the annotations again. */
static int read_annotations(struct spec *spec, const json *document, struct arena *arena,
			    struct error *err)
{
	size_t kept = 0;

	if (read_pairs(&spec->annotations, &spec->annotation_count,
		       json_get(document, "annotations"), arena, err) < 0)
		return -1;
	for (size_t i = 0; i < spec->annotation_count; i++) {
		const struct pair *pair = &spec->annotations[i];

		if (strcmp(pair->name, SPEC_JSON_INIT) == 0)
			spec->use_init = strcmp(pair->value, "true") == 0;
		else if (strcmp(pair->name, SPEC_JSON_SECCOMP) == 0)
			spec->seccomp = strcmp(pair->value, "default") == 0 ? SPEC_SECCOMP_DEFAULT
									    : spec->seccomp;
		else
			spec->annotations[kept++] = *pair;
	}
	spec->annotation_count = kept;
	return 0;
}

static int check_version(const json *document, struct error *err)
{
	const char *version = json_string(document, "ociVersion", NULL);

	if (!version)
		return bad(err, "ociVersion", "is missing");
	if (strncmp(version, "1.", 2) != 0)
		return bad(err, "ociVersion", "is not 1.x");
	return 0;
}

int spec_json_read(struct spec *spec, const json *document, struct arena *arena, struct error *err)
{
	json *root = json_get(document, "root");
	json *hooks = json_get(document, "hooks");

	memset(spec, 0, sizeof(*spec));
	if (!json_is_object(document))
		return bad(err, "the document", "is not an object");
	if (check_version(document, err) < 0)
		return -1;
	if (json_is_object(hooks) && json_object_object_length(hooks) > 0)
		return error_set(err, ERROR_UNSUPPORTED, "config.json: hooks are not supported");
	if (read_string(&spec->root_path, root, "path", arena, err) < 0 ||
	    read_flag(&spec->root_readonly, root, "readonly", err) < 0 ||
	    read_process(spec, document, arena, err) < 0 ||
	    read_string(&spec->hostname, document, "hostname", arena, err) < 0 ||
	    read_string(&spec->domainname, document, "domainname", arena, err) < 0 ||
	    read_mounts(spec, document, arena, err) < 0 ||
	    read_linux(spec, document, arena, err) < 0)
		return -1;
	return read_annotations(spec, document, arena, err);
}

int spec_load(int dirfd, const char *path, struct spec *spec, struct arena *arena,
	      struct error *err)
{
	auto_json json *document = json_load(dirfd, path, err);

	return document ? spec_json_read(spec, document, arena, err) : -1;
}
