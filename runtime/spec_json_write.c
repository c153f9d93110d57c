/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes a specification as OCI runtime-spec JSON, a valid config.json of a bundle.
 */
#include "runtime/spec_json.h"

#include "base/cleanup.h"
#include "base/error.h"

#include <stdio.h>
#include <string.h>

const char *const spec_json_namespaces[SPEC_NS_COUNT] = {
	[SPEC_NS_MOUNT] = "mount", [SPEC_NS_PID] = "pid", [SPEC_NS_NETWORK] = "network",
	[SPEC_NS_IPC] = "ipc",	   [SPEC_NS_UTS] = "uts", [SPEC_NS_CGROUP] = "cgroup",
	[SPEC_NS_USER] = "user",
};

static void set_strings(json *object, const char *name, char *const *items)
{
	if (items)
		json_set(object, name, json_from_strings(items));
}

static void set_nonzero(json *object, const char *name, int64_t value)
{
	if (value)
		json_set_int(object, name, value);
}

/* Leaves out what is empty. */
static void set_object(json *object, const char *name, json *value)
{
	if (json_object_object_length(value) > 0)
		json_set(object, name, value);
	else
		json_object_put(value);
}

static json *write_user(const struct spec_user *user)
{
	json *object = json_new_object();

	json_set_int(object, "uid", user->uid);
	json_set_int(object, "gid", user->gid);
	if (user->has_umask)
		json_set_int(object, "umask", user->umask);
	if (user->group_count) {
		json *groups = json_new_array();

		for (size_t i = 0; i < user->group_count; i++)
			json_add(groups, json_object_new_int64(user->groups[i]));
		json_set(object, "additionalGids", groups);
	}
	return object;
}

static void set_capabilities(json *object, const char *name, uint64_t set)
{
	json *list = json_new_array();

	for (int capability = 0; capability < 64; capability++)
		if (set >> capability & 1)
			json_add_string(list, spec_capability_name(capability));
	json_set(object, name, list);
}

static json *write_capabilities(const struct spec_capabilities *caps)
{
	json *object = json_new_object();

	set_capabilities(object, "bounding", caps->bounding);
	set_capabilities(object, "effective", caps->effective);
	set_capabilities(object, "permitted", caps->permitted);
	set_capabilities(object, "inheritable", caps->inheritable);
	set_capabilities(object, "ambient", caps->ambient);
	return object;
}

static json *write_rlimits(const struct spec *spec)
{
	json *list = json_new_array();

	for (size_t i = 0; i < spec->rlimit_count; i++) {
		const struct spec_rlimit *limit = &spec->rlimits[i];
		json *object = json_new_object();
		char name[32] = "RLIMIT_";

		strncat(name, spec_rlimit_name(limit->resource), 16);
		for (char *c = name; *c; c++)
			*c = (char)(*c >= 'a' && *c <= 'z' ? *c - 'a' + 'A' : *c);
		json_set_string(object, "type", name);
		json_set(object, "soft", json_object_new_uint64(limit->limit.rlim_cur));
		json_set(object, "hard", json_object_new_uint64(limit->limit.rlim_max));
		json_add(list, object);
	}
	return list;
}

static json *write_process(const struct spec *spec)
{
	json *object = json_new_object();

	json_set_bool(object, "terminal", spec->terminal);
	if (spec->console_rows || spec->console_columns) {
		json *size = json_new_object();

		json_set_int(size, "height", spec->console_rows);
		json_set_int(size, "width", spec->console_columns);
		json_set(object, "consoleSize", size);
	}
	json_set(object, "user", write_user(&spec->user));
	set_strings(object, "args", spec->args);
	set_strings(object, "env", spec->env);
	json_set_string(object, "cwd", spec->cwd ? spec->cwd : "/");
	json_set(object, "capabilities", write_capabilities(&spec->capabilities));
	if (spec->rlimit_count)
		json_set(object, "rlimits", write_rlimits(spec));
	json_set_bool(object, "noNewPrivileges", spec->no_new_privileges);
	if (spec->has_oom_score_adj)
		json_set_int(object, "oomScoreAdj", spec->oom_score_adj);
	json_set_string(object, "apparmorProfile", spec->apparmor_profile);
	return object;
}

static json *write_mounts(const struct spec *spec)
{
	json *list = json_new_array();

	for (size_t i = 0; i < spec->mount_count; i++) {
		const struct spec_mount *mount = &spec->mounts[i];
		json *object = json_new_object();

		json_set_string(object, "destination", mount->destination);
		json_set_string(object, "type", mount->type);
		json_set_string(object, "source", mount->source);
		set_strings(object, "options", mount->options);
		json_add(list, object);
	}
	return list;
}

static json *write_namespaces(const struct spec *spec)
{
	json *list = json_new_array();

	for (int ns = 0; ns < SPEC_NS_COUNT; ns++) {
		json *object;

		if (!spec->namespaces[ns].own)
			continue;
		object = json_new_object();
		json_set_string(object, "type", spec_json_namespaces[ns]);
		json_set_string(object, "path", spec->namespaces[ns].path);
		json_add(list, object);
	}
	return list;
}

static json *write_devices(const struct spec *spec)
{
	json *list = json_new_array();

	for (size_t i = 0; i < spec->device_count; i++) {
		const struct spec_device *device = &spec->devices[i];
		char type[2] = {device->type};
		json *object = json_new_object();

		json_set_string(object, "path", device->path);
		json_set_string(object, "type", type);
		json_set_int(object, "major", device->major);
		json_set_int(object, "minor", device->minor);
		set_nonzero(object, "fileMode", device->mode);
		json_set_int(object, "uid", device->uid);
		json_set_int(object, "gid", device->gid);
		json_add(list, object);
	}
	return list;
}

static json *write_device_rules(const struct spec_resources *resources)
{
	json *list = json_new_array();

	for (size_t i = 0; i < resources->device_rule_count; i++) {
		const struct spec_device_rule *rule = &resources->device_rules[i];
		char access[4] = "", type[2] = {rule->type};
		json *object = json_new_object();

		snprintf(access, sizeof(access), "%s%s%s", rule->read ? "r" : "",
			 rule->write ? "w" : "", rule->mknod ? "m" : "");
		json_set_bool(object, "allow", rule->allow);
		json_set_string(object, "type", type);
		if (rule->major >= 0)
			json_set_int(object, "major", rule->major);
		if (rule->minor >= 0)
			json_set_int(object, "minor", rule->minor);
		json_set_string(object, "access", access);
		json_add(list, object);
	}
	return list;
}

static void set_throttles(json *object, const char *name, const struct spec_throttle *list,
			  size_t count)
{
	const char *key = strcmp(name, "weightDevice") == 0 ? "weight" : "rate";
	json *array = count ? json_new_array() : NULL;

	for (size_t i = 0; i < count; i++) {
		json *item = json_new_object();

		json_set_int(item, "major", list[i].major);
		json_set_int(item, "minor", list[i].minor);
		json_set_int(item, key, (int64_t)list[i].rate);
		json_add(array, item);
	}
	if (array)
		json_set(object, name, array);
}

static json *write_block_io(const struct spec_resources *resources)
{
	json *object = json_new_object();

	set_nonzero(object, "weight", resources->io_weight);
	set_throttles(object, "weightDevice", resources->io_weights, resources->io_weight_count);
	set_throttles(object, "throttleReadBpsDevice", resources->read_bps,
		      resources->read_bps_count);
	set_throttles(object, "throttleWriteBpsDevice", resources->write_bps,
		      resources->write_bps_count);
	set_throttles(object, "throttleReadIOPSDevice", resources->read_iops,
		      resources->read_iops_count);
	set_throttles(object, "throttleWriteIOPSDevice", resources->write_iops,
		      resources->write_iops_count);
	return object;
}

static json *write_resources(const struct spec_resources *resources)
{
	json *object = json_new_object();
	json *memory = json_new_object();
	json *cpu = json_new_object();
	json *pids = json_new_object();

	set_nonzero(memory, "limit", resources->memory_limit);
	set_nonzero(memory, "swap", resources->memory_swap);
	set_nonzero(memory, "reservation", resources->memory_reservation);
	set_nonzero(cpu, "shares", (int64_t)resources->cpu_shares);
	set_nonzero(cpu, "quota", resources->cpu_quota_us);
	set_nonzero(cpu, "period", (int64_t)resources->cpu_period_us);
	json_set_string(cpu, "cpus", resources->cpuset_cpus);
	json_set_string(cpu, "mems", resources->cpuset_mems);
	set_nonzero(pids, "limit", resources->pids_limit);
	json_set(object, "devices", write_device_rules(resources));
	set_object(object, "memory", memory);
	set_object(object, "cpu", cpu);
	set_object(object, "pids", pids);
	set_object(object, "blockIO", write_block_io(resources));
	return object;
}

static json *write_linux(const struct spec *spec)
{
	json *object = json_new_object();

	json_set(object, "namespaces", write_namespaces(spec));
	if (spec->device_count)
		json_set(object, "devices", write_devices(spec));
	json_set(object, "resources", write_resources(&spec->resources));
	json_set_string(object, "cgroupsPath", spec->cgroups_path);
	set_object(object, "sysctl", pair_to_json(spec->sysctls, spec->sysctl_count));
	set_strings(object, "maskedPaths", spec->masked_paths);
	set_strings(object, "readonlyPaths", spec->readonly_paths);
	json_set_string(object, "rootfsPropagation", spec->rootfs_propagation);
	if (spec->seccomp && strcmp(spec->seccomp, SPEC_SECCOMP_DEFAULT) != 0) {
		/* Checked when it was given; what is no JSON is no profile and fails at load. */
		json *profile = json_parse(spec->seccomp, strlen(spec->seccomp), "seccomp", NULL);

		json_set(object, "seccomp", profile ? profile : json_new_object());
	}
	return object;
}

json *spec_json_write(const struct spec *spec)
{
	json *document = json_new_object();
	json *root = json_new_object();
	json *annotations = pair_to_json(spec->annotations, spec->annotation_count);

	json_set_string(document, "ociVersion", SPEC_JSON_VERSION);
	json_set(document, "process", write_process(spec));
	json_set_string(root, "path", spec->root_path);
	json_set_bool(root, "readonly", spec->root_readonly);
	json_set(document, "root", root);
	json_set_string(document, "hostname", spec->hostname);
	json_set_string(document, "domainname", spec->domainname);
	json_set(document, "mounts", write_mounts(spec));
	if (spec->use_init)
		json_set_string(annotations, SPEC_JSON_INIT, "true");
	if (spec->seccomp && strcmp(spec->seccomp, SPEC_SECCOMP_DEFAULT) == 0)
		json_set_string(annotations, SPEC_JSON_SECCOMP, "default");
	set_object(document, "annotations", annotations);
	json_set(document, "linux", write_linux(spec));
	return document;
}

int spec_save(int dirfd, const char *path, const struct spec *spec, struct error *err)
{
	auto_json json *document = spec_json_write(spec);

	return json_save_volatile(dirfd, path, document, 0600, err);
}
