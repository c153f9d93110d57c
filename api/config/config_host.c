/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a container takes from the host: HostConfig, but for mounts and networks.
 */
#include "api/config/config.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/record.h"
#include "base/strvec.h"
#include "base/units.h"
#include "engine/container.h"
#include "engine/limit_check.h"
#include "engine/logs/logfile.h"
#include "engine/namespace_mode.h"
#include "engine/option_text.h"
#include "engine/security_options.h"
#include "engine/spec_devices.h"

#include <string.h>

static const struct config_member members[] = {
	{"Privileged", CONFIG_FLAG, offsetof(struct container_config, privileged)},
	{"ReadonlyRootfs", CONFIG_FLAG, offsetof(struct container_config, read_only)},
	{"AutoRemove", CONFIG_FLAG, offsetof(struct container_config, auto_remove)},
	{"PublishAllPorts", CONFIG_FLAG, offsetof(struct container_config, publish_all)},
	{"Init", CONFIG_FLAG, offsetof(struct container_config, use_init)},
	{"CapAdd", CONFIG_LIST, offsetof(struct container_config, cap_add)},
	{"CapDrop", CONFIG_LIST, offsetof(struct container_config, cap_drop)},
	{"GroupAdd", CONFIG_LIST, offsetof(struct container_config, group_add)},
	{"Dns", CONFIG_LIST, offsetof(struct container_config, dns)},
	{"DnsOptions", CONFIG_LIST, offsetof(struct container_config, dns_options)},
	{"DnsSearch", CONFIG_LIST, offsetof(struct container_config, dns_search)},
	{"VolumesFrom", CONFIG_LIST, offsetof(struct container_config, volumes_from)},
	{"DeviceCgroupRules", CONFIG_LIST, offsetof(struct container_config, device_rules)},
	{"CgroupParent", CONFIG_TEXT, offsetof(struct container_config, cgroup_parent)},
	{"ShmSize", CONFIG_NUMBER, offsetof(struct container_config, shm_size)},
	{0},
};

/* ---- namespaces ---- */

#define KIND(kind) (1U << (kind))

static int read_modes(const struct config_reading *reading, const json *host, struct error *err)
{
	struct container_config *config = reading->config;
	const char *ignored; /* of users there is one namespace, the host's */
	const struct {
		const char *name, **out;
		unsigned allowed;
	} modes[] = {
		{"PidMode", &config->pid_mode, KIND(NAMESPACE_HOST) | KIND(NAMESPACE_CONTAINER)},
		{"IpcMode", &config->ipc_mode,
		 KIND(NAMESPACE_HOST) | KIND(NAMESPACE_CONTAINER) | KIND(NAMESPACE_NONE) |
			 KIND(NAMESPACE_PRIVATE) | KIND(NAMESPACE_SHAREABLE)},
		{"UTSMode", &config->uts_mode, KIND(NAMESPACE_HOST)},
		{"UsernsMode", &ignored, KIND(NAMESPACE_HOST)},
		{"CgroupnsMode", &config->cgroup_mode,
		 KIND(NAMESPACE_HOST) | KIND(NAMESPACE_PRIVATE)},
	};

	for (size_t i = 0; i < array_length(modes); i++) {
		const char *text = json_string(host, modes[i].name, "");
		struct namespace_mode parsed = namespace_mode_parse(text);

		if (!*text)
			continue;
		if (!(KIND(parsed.kind) & modes[i].allowed) || (parsed.name && !*parsed.name))
			return error_set(err, ERROR_INVALID, "invalid %s: %s", modes[i].name, text);
		*modes[i].out = arena_string(reading->arena, text);
	}
	return 0;
}

/* ---- rights and devices ---- */

/* What "seccomp=…" says, which is the profile itself: no file of the server's is read. NULL: it is
 * another option, or one of the profiles that have names. */
static const char *seccomp_profile(const char *option)
{
	static const char *const names[] = {"unconfined", "builtin", NULL};
	size_t length = strlen("seccomp");

	if (strncmp(option, "seccomp", length) != 0 ||
	    (option[length] != '=' && option[length] != ':') ||
	    record_find_word(names, option + length + 1) >= 0)
		return NULL;
	return option + length + 1;
}

/* Docker's client sends empty lists for "systempaths=unconfined", and null for Docker's own. */
static bool has_empty(const json *host, const char *name)
{
	json *list = json_get(host, name);

	return json_is_array(list) && json_length(list) == 0;
}

static int read_security(const struct config_reading *reading, const json *host, struct error *err)
{
	struct container_config *config = reading->config;
	auto_strvec struct strvec others = {0};
	const char *profile = NULL;
	char **options;

	if (config_read_list(&options, json_get(host, "SecurityOpt"), "SecurityOpt", reading->arena,
			     err) < 0)
		return -1;
	for (char **option = options; option && *option; option++) {
		const char *own = seccomp_profile(*option);

		if (own && *own != '{')
			return error_set(err, ERROR_INVALID,
					 "invalid --security-opt 2: %s: a seccomp profile is sent "
					 "as JSON",
					 *option);
		if (own)
			profile = own;
		else
			strvec_add(&others, *option);
	}
	if (security_options_set(config, strvec_copy(&others, reading->arena), "/", reading->arena,
				 err) < 0)
		return error_wrap(err, "invalid --security-opt");
	if (profile)
		config->seccomp = profile;
	if (has_empty(host, "MaskedPaths") && has_empty(host, "ReadonlyPaths"))
		config->systempaths_unconfined = true;
	return 0;
}

static int read_devices(const struct config_reading *reading, const json *host, struct error *err)
{
	json *list = json_get(host, "Devices");
	auto_strvec struct strvec devices = {0};

	for (size_t i = 0; i < json_length(list); i++) {
		const json *item = json_at(list, i);
		const char *source = json_string(item, "PathOnHost", "");
		const char *target = json_string(item, "PathInContainer", "");
		const char *access = json_string(item, "CgroupPermissions", "");

		if (!*source || strchr(source, ':') || strchr(target, ':') ||
		    strspn(access, "rwm") != strlen(access))
			return error_set(err, ERROR_INVALID, "bad device: %s:%s:%s", source, target,
					 access);
		strvec_addf(&devices, "%s:%s:%s", source, *target ? target : source,
			    *access ? access : "rwm");
	}
	if (devices.count)
		reading->config->devices_requested = strvec_copy(&devices, reading->arena);
	for (char **rule = reading->config->device_rules; rule && *rule; rule++)
		if (!option_text_is_device_rule(*rule))
			return error_set(err, ERROR_INVALID, "invalid device cgroup format '%s'",
					 *rule);
	return 0;
}

/* What asks for something that there is not. */
static int refuse(const json *host, struct error *err)
{
	static const char *const runtimes[] = {"", "coracle", "runc", "io.containerd.runc.v2",
					       NULL};
	static const char *const isolations[] = {"", "default", NULL};
	const char *runtime = json_string(host, "Runtime", "");
	const char *isolation = json_string(host, "Isolation", "");
	json *storage = json_get(host, "StorageOpt");

	if (record_find_word(runtimes, runtime) < 0)
		return error_set(err, ERROR_INVALID,
				 "unknown or invalid runtime name: %s: there is one runtime here, "
				 "which also answers to runc and io.containerd.runc.v2",
				 runtime);
	if (record_find_word(isolations, isolation) < 0)
		return error_set(err, ERROR_INVALID,
				 "invalid isolation (%s): linux only supports 'default'",
				 isolation);
	if (json_length(json_get(host, "DeviceRequests")))
		return error_set(err, ERROR_UNSUPPORTED,
				 "could not select device driver \"\" with capabilities: [[gpu]]: "
				 "name the device files in Devices");
	if (json_is_object(storage) && json_object_object_length(storage) > 0)
		return error_set(err, ERROR_UNSUPPORTED,
				 "--storage-opt is supported only for overlay over xfs with "
				 "'pquota' mount option, and not here: a container's file system "
				 "has no limit of its own");
	return 0;
}

/* ---- limits ---- */

struct numbers {
	int64_t nano_cpus, period, quota, shares, weight, memory, swap, reservation, pids;
	const char *cpus, *mems;
};

static const struct config_member limits_members[] = {
	{"NanoCpus", CONFIG_NUMBER, offsetof(struct numbers, nano_cpus)},
	{"CpuPeriod", CONFIG_NUMBER, offsetof(struct numbers, period)},
	{"CpuQuota", CONFIG_NUMBER, offsetof(struct numbers, quota)},
	{"CpuShares", CONFIG_NUMBER, offsetof(struct numbers, shares)},
	{"BlkioWeight", CONFIG_NUMBER, offsetof(struct numbers, weight)},
	{"Memory", CONFIG_NUMBER, offsetof(struct numbers, memory)},
	{"MemorySwap", CONFIG_NUMBER, offsetof(struct numbers, swap)},
	{"MemoryReservation", CONFIG_NUMBER, offsetof(struct numbers, reservation)},
	{"PidsLimit", CONFIG_NUMBER, offsetof(struct numbers, pids)},
	{"CpusetCpus", CONFIG_TEXT, offsetof(struct numbers, cpus)},
	{"CpusetMems", CONFIG_TEXT, offsetof(struct numbers, mems)},
	{0},
};

int config_read_limits(struct spec_resources *limits, const json *host, struct arena *arena,
		       struct error *err)
{
	struct numbers numbers = {0};

	if (config_read_members(&numbers, limits_members, host, arena, err) < 0 ||
	    limit_check_quota(numbers.period, numbers.quota, err) < 0)
		return -1;
	if (numbers.nano_cpus && (numbers.period || numbers.quota))
		return error_set(err, ERROR_INVALID,
				 "Conflicting options: Nano CPUs and CPU %s cannot both be set",
				 numbers.period ? "Period" : "Quota");
	if (numbers.nano_cpus < 0)
		return error_set(err, ERROR_INVALID,
				 "invalid NanoCpus (%lld): value must be a positive integer",
				 (long long)numbers.nano_cpus);
	if (numbers.shares < 0)
		return error_set(err, ERROR_INVALID,
				 "invalid CPU shares (%lld): value must be a positive integer",
				 (long long)numbers.shares);
	limits->cpu_period_us = (uint64_t)numbers.period;
	limits->cpu_quota_us = numbers.nano_cpus ? numbers.nano_cpus / 10000 : numbers.quota;
	limits->cpu_shares = (uint64_t)numbers.shares;
	limits->io_weight =
		numbers.weight < 0 || numbers.weight > 1000 ? 1001U : (unsigned)numbers.weight;
	limits->memory_limit = numbers.memory;
	limits->memory_swap = numbers.swap;
	limits->memory_reservation = numbers.reservation;
	limits->pids_limit = numbers.pids < 0 ? -1 : numbers.pids;
	limits->cpuset_cpus = numbers.cpus;
	limits->cpuset_mems = numbers.mems;
	return limit_check(limits, err);
}

struct throttles {
	const char *name, *rate;
	struct spec_throttle **out;
	size_t *count;
};

static int read_throttles(const struct throttles *throttles, const json *host, struct arena *arena,
			  struct error *err)
{
	json *list = json_get(host, throttles->name);

	for (size_t i = 0; i < json_length(list); i++) {
		const json *item = json_at(list, i);
		struct spec_throttle throttle;

		if (spec_devices_find_block(&throttle, json_string(item, "Path", ""),
					    json_int(item, throttles->rate, 0), err) < 0)
			return error_wrap(err, "%s", throttles->name);
		*throttles->out = arena_grow(arena, *throttles->out, *throttles->count,
					     sizeof(**throttles->out));
		(*throttles->out)[(*throttles->count)++] = throttle;
	}
	return 0;
}

static int read_disks(const struct config_reading *reading, const json *host, struct error *err)
{
	struct spec_resources *to = &reading->config->resources;
	const struct throttles lists[] = {
		{"BlkioWeightDevice", "Weight", &to->io_weights, &to->io_weight_count},
		{"BlkioDeviceReadBps", "Rate", &to->read_bps, &to->read_bps_count},
		{"BlkioDeviceWriteBps", "Rate", &to->write_bps, &to->write_bps_count},
		{"BlkioDeviceReadIOps", "Rate", &to->read_iops, &to->read_iops_count},
		{"BlkioDeviceWriteIOps", "Rate", &to->write_iops, &to->write_iops_count},
	};

	for (size_t i = 0; i < array_length(lists); i++)
		if (read_throttles(&lists[i], host, reading->arena, err) < 0)
			return -1;
	return 0;
}

static int read_limits(const struct config_reading *reading, const json *host, struct error *err)
{
	struct container_config *config = reading->config;
	struct spec_resources *limits = &config->resources;
	int64_t score = json_int(host, "OomScoreAdj", 0);

	if (config_read_limits(limits, host, reading->arena, err) < 0 ||
	    limit_settle(limits, config->shm_size, err) < 0 ||
	    limit_check_oom_score(score, err) < 0)
		return -1;
	config->has_oom_score_adj = score != 0;
	config->oom_score_adj = (int)score;
	if (json_int(host, "MemorySwappiness", -1) >= 0)
		strvec_add(reading->warnings,
			   "Your kernel does not support memory swappiness capabilities or the "
			   "cgroup is not mounted. Memory swappiness discarded.");
	if (json_flag(host, "OomKillDisable", false))
		strvec_add(reading->warnings, "Your kernel does not support OomKillDisable. "
					      "OomKillDisable discarded.");
	return read_disks(reading, host, err);
}

int config_read_ulimits(struct spec_rlimit **limits, size_t *count, const json *list,
			struct arena *arena, struct error *err)
{
	*limits = arena_array(arena, json_length(list) + 1, sizeof(**limits));
	*count = 0;
	for (size_t i = 0; i < json_length(list); i++) {
		const json *item = json_at(list, i);
		const char *text = arena_format(arena, "%s=%jd:%jd", json_string(item, "Name", ""),
						(intmax_t)json_int(item, "Soft", 0),
						(intmax_t)json_int(item, "Hard", 0));

		if (spec_rlimit_parse(&(*limits)[(*count)++], text, err) < 0)
			return -1;
	}
	return 0;
}

/* ---- the rest ---- */

int config_read_restart(struct container_config *config, const json *host, struct error *err)
{
	const json *policy = json_get(host, "RestartPolicy");
	const char *name = json_string(policy, "Name", "");
	int64_t retries = json_int(policy, "MaximumRetryCount", 0);

	if (*name && container_restart_parse(&config->restart, name, err) < 0)
		return -1;
	if (retries < 0 || retries > INT32_MAX)
		return error_set(err, ERROR_INVALID,
				 "invalid restart policy: maximum retry count cannot be negative");
	if (retries && config->restart.condition != RESTART_ON_FAILURE)
		return error_set(
			err, ERROR_INVALID,
			"invalid restart policy: maximum retry count can only be used with "
			"'on-failure'");
	config->restart.max_attempts = (int)retries;
	if (config->auto_remove && config->restart.condition != RESTART_NO)
		return error_set(err, ERROR_INVALID,
				 "can't create 'AutoRemove' container with restart policy");
	return 0;
}

static int read_log(const struct config_reading *reading, const json *host, struct error *err)
{
	struct container_config *config = reading->config;
	const json *log = json_get(host, "LogConfig");
	const char *type = json_string(log, "Type", "");

	config->log_options =
		pair_from_json(json_get(log, "Config"), &config->log_option_count, reading->arena);
	if (!*type)
		return 0;
	config->log_driver = log_options_driver(type);
	if (!config->log_driver)
		return error_set(err, ERROR_INVALID,
				 "logger: no log driver named '%s' is registered", type);
	return 0;
}

int config_read_host(const struct config_reading *reading, const json *host, struct error *err)
{
	struct container_config *config = reading->config;

	config->sysctls =
		pair_from_json(json_get(host, "Sysctls"), &config->sysctl_count, reading->arena);
	config->annotations = pair_from_json(json_get(host, "Annotations"),
					     &config->annotation_count, reading->arena);
	if (refuse(host, err) < 0 ||
	    config_read_members(config, members, host, reading->arena, err) < 0 ||
	    read_modes(reading, host, err) < 0 || read_security(reading, host, err) < 0 ||
	    read_devices(reading, host, err) < 0 || read_limits(reading, host, err) < 0 ||
	    config_read_ulimits(&config->ulimits, &config->ulimit_count, json_get(host, "Ulimits"),
				reading->arena, err) < 0 ||
	    config_read_restart(config, host, err) < 0)
		return -1;
	return read_log(reading, host, err);
}
