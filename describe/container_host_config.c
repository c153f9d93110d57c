/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The member HostConfig of a container's document: what it takes from the host, as it was asked
 * for.
 */
#include "describe/describe_private.h"
#include "describe/objects.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "engine/container.h"
#include "engine/namespace_mode.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* All members that Docker has, in its order, as they are when nothing is set; those that it leaves
 * out then are below. */
static const char unset[] =
	"{\"Binds\":null,\"ContainerIDFile\":\"\",\"LogConfig\":{},\"NetworkMode\":\"none\","
	"\"PortBindings\":{},\"RestartPolicy\":{},\"AutoRemove\":false,\"VolumeDriver\":\"\","
	"\"VolumesFrom\":null,\"ConsoleSize\":[0,0],\"Annotations\":null,\"CapAdd\":null,"
	"\"CapDrop\":null,\"CgroupnsMode\":\"private\",\"Dns\":[],\"DnsOptions\":[],"
	"\"DnsSearch\":[],\"ExtraHosts\":null,\"GroupAdd\":null,\"IpcMode\":\"private\","
	"\"Cgroup\":\"\",\"Links\":null,\"OomScoreAdj\":0,\"PidMode\":\"\",\"Privileged\":false,"
	"\"PublishAllPorts\":false,\"ReadonlyRootfs\":false,\"SecurityOpt\":null,\"Tmpfs\":null,"
	"\"UTSMode\":\"\",\"UsernsMode\":\"\",\"ShmSize\":67108864,\"Sysctls\":null,"
	"\"Runtime\":\"coracle\",\"Isolation\":\"\",\"CpuShares\":0,\"Memory\":0,\"NanoCpus\":0,"
	"\"CgroupParent\":\"\",\"BlkioWeight\":0,\"BlkioWeightDevice\":[],"
	"\"BlkioDeviceReadBps\":[],\"BlkioDeviceWriteBps\":[],\"BlkioDeviceReadIOps\":[],"
	"\"BlkioDeviceWriteIOps\":[],\"CpuPeriod\":0,\"CpuQuota\":0,\"CpuRealtimePeriod\":0,"
	"\"CpuRealtimeRuntime\":0,\"CpusetCpus\":\"\",\"CpusetMems\":\"\",\"Devices\":[],"
	"\"DeviceCgroupRules\":null,\"DeviceRequests\":null,\"MemoryReservation\":0,"
	"\"MemorySwap\":0,\"MemorySwappiness\":null,\"OomKillDisable\":null,\"PidsLimit\":null,"
	"\"Ulimits\":[],\"CpuCount\":0,\"CpuPercent\":0,\"IOMaximumIOps\":0,"
	"\"IOMaximumBandwidth\":0,\"Mounts\":null,\"MaskedPaths\":null,\"ReadonlyPaths\":null,"
	"\"Init\":null}";
static const char *const left_out[] = {"Annotations", "Tmpfs", "Sysctls", "Mounts", "Init", NULL};

static void set_strings(json *value, const char *name, char *const *items)
{
	if (items)
		json_set(value, name, json_from_strings(items));
}

static void set_number(json *value, const char *name, int64_t number)
{
	if (number)
		json_set_int(value, name, number);
}

static void set_pairs(json *value, const char *name, const struct pair *pairs, size_t count)
{
	if (count)
		json_set(value, name, pair_to_json(pairs, count));
}

/* "net_admin" as "CAP_NET_ADMIN". */
static void set_capabilities(json *value, const char *name, char *const *items)
{
	json *list = json_new_array();

	for (; items && *items; items++) {
		bool has_prefix = strncasecmp(*items, "CAP_", 4) == 0;
		bool is_all = strcasecmp(*items, "ALL") == 0;
		auto_free char *text =
			alloc_format("%s%s", has_prefix || is_all ? "" : "CAP_", *items);

		for (char *at = text; *at; at++)
			*at = (char)toupper((unsigned char)*at);
		json_add_string(list, text);
	}
	json_set(value, name, describe_unless_empty(list));
}

static json *describe_restart(const struct container_restart_policy *policy)
{
	json *value = json_new_object();

	json_set_string(value, "Name", container_restarts[policy->condition]);
	json_set_int(value, "MaximumRetryCount", policy->max_attempts);
	return value;
}

static json *describe_log(const struct container_config *config)
{
	json *value = json_new_object();

	json_set_string(value, "Type", describe_text_or(config->log_driver, "json-file"));
	json_set(value, "Config", pair_to_json(config->log_options, config->log_option_count));
	return value;
}

static void set_security(json *value, const struct container_config *config)
{
	json *list = json_new_array();

	if (config->privileged || namespace_mode_is(config->pid_mode, NAMESPACE_HOST) ||
	    namespace_mode_is(config->ipc_mode, NAMESPACE_HOST))
		json_add_string(list, "label=disable");
	if (config->no_new_privileges)
		json_add_string(list, "no-new-privileges:true");
	if (config->systempaths_unconfined)
		json_add_string(list, "systempaths=unconfined");
	if (config->apparmor) {
		auto_free char *text = alloc_format("apparmor=%s", config->apparmor);

		json_add_string(list, text);
	}
	if (!config->seccomp || strcmp(config->seccomp, SPEC_SECCOMP_DEFAULT) != 0) {
		auto_free char *text =
			alloc_format("seccomp=%s", describe_text_or(config->seccomp, "unconfined"));

		json_add_string(list, text);
	}
	json_set(value, "SecurityOpt", describe_unless_empty(list));
}

/* A privileged one sees all of /proc and /sys. */
static void set_hidden_paths(json *value, const struct container_config *config)
{
	auto_arena struct arena arena = {0};
	struct spec defaults;

	if (config->privileged)
		return;
	spec_init_default(&defaults, &arena);
	json_set(value, "MaskedPaths",
		 json_from_strings(config->systempaths_unconfined ? NULL : defaults.masked_paths));
	json_set(
		value, "ReadonlyPaths",
		json_from_strings(config->systempaths_unconfined ? NULL : defaults.readonly_paths));
}

static void set_isolation(json *value, const struct container_config *config)
{
	json_set_bool(value, "Privileged", config->privileged);
	json_set_bool(value, "ReadonlyRootfs", config->read_only);
	set_capabilities(value, "CapAdd", config->cap_add);
	set_capabilities(value, "CapDrop", config->cap_drop);
	set_strings(value, "GroupAdd", config->group_add);
	set_security(value, config);
	set_hidden_paths(value, config);
	json_set_string(value, "PidMode", config->pid_mode);
	json_set_string(value, "IpcMode", config->ipc_mode);
	json_set_string(value, "UTSMode", config->uts_mode);
	json_set_string(value, "CgroupnsMode", config->cgroup_mode);
	json_set_string(value, "CgroupParent", config->cgroup_parent);
	set_pairs(value, "Annotations", config->annotations, config->annotation_count);
	set_pairs(value, "Sysctls", config->sysctls, config->sysctl_count);
}

static json *requested_ports(const struct container_config *config)
{
	json *value = json_new_object();

	for (size_t i = 0; i < config->port_count; i++) {
		const struct port_request *port = &config->ports[i];

		describe_add_port(value,
				  &(struct port_binding){port->protocol, port->host_ip,
							 port->host_port, port->container_port});
	}
	return value;
}

/* "NAME=ADDRESS" as "NAME:ADDRESS". */
static json *describe_hosts(char *const *items)
{
	json *list = json_new_array();

	for (; items && *items; items++) {
		auto_free char *text = alloc_string(*items);

		text[strcspn(text, "=")] = strchr(text, '=') ? ':' : '\0';
		json_add_string(list, text);
	}
	return describe_unless_empty(list);
}

static void set_network(json *value, const struct container_config *config)
{
	if (config->network_mode)
		json_set_string(value, "NetworkMode", config->network_mode);
	else if (config->endpoint_count > 0)
		json_set_string(value, "NetworkMode", config->endpoints[0].network);
	json_set(value, "PortBindings", requested_ports(config));
	json_set_bool(value, "PublishAllPorts", config->publish_all);
	json_set(value, "Dns", json_from_strings(config->dns));
	json_set(value, "DnsOptions", json_from_strings(config->dns_options));
	json_set(value, "DnsSearch", json_from_strings(config->dns_search));
	json_set(value, "ExtraHosts", describe_hosts(config->extra_hosts));
}

/* A quota without a period was given as a number of processors. */
static void set_processors(json *value, const struct spec_resources *resources)
{
	if (resources->cpu_period_us) {
		json_set_int(value, "CpuPeriod", (int64_t)resources->cpu_period_us);
		json_set_int(value, "CpuQuota", resources->cpu_quota_us);
	} else if (resources->cpu_quota_us > 0) {
		json_set_int(value, "NanoCpus", resources->cpu_quota_us * 10000);
	}
	set_number(value, "CpuShares", (int64_t)resources->cpu_shares);
	json_set_string(value, "CpusetCpus", resources->cpuset_cpus);
	json_set_string(value, "CpusetMems", resources->cpuset_mems);
}

/* "/dev/sda" of its numbers; while there is no such device, the name by numbers. */
static char *device_path(const struct spec_throttle *throttle)
{
	auto_free char *numbers =
		alloc_format("/dev/block/%u:%u", throttle->major, throttle->minor);
	auto_free char *path = realpath(numbers, NULL);

	return path ? take_ptr(path) : take_ptr(numbers);
}

static void set_throttles(json *value, const char *name, const struct spec_throttle *throttles,
			  size_t count)
{
	bool is_weight = strcmp(name, "BlkioWeightDevice") == 0;
	json *list = json_new_array();

	for (size_t i = 0; i < count; i++) {
		auto_free char *path = device_path(&throttles[i]);
		json *item = json_new_object();

		json_set_string(item, "Path", path);
		json_set_int(item, is_weight ? "Weight" : "Rate", (int64_t)throttles[i].rate);
		json_add(list, item);
	}
	json_set(value, name, list);
}

static void set_disks(json *value, const struct spec_resources *resources)
{
	set_number(value, "BlkioWeight", resources->io_weight);
	set_throttles(value, "BlkioWeightDevice", resources->io_weights,
		      resources->io_weight_count);
	set_throttles(value, "BlkioDeviceReadBps", resources->read_bps, resources->read_bps_count);
	set_throttles(value, "BlkioDeviceWriteBps", resources->write_bps,
		      resources->write_bps_count);
	set_throttles(value, "BlkioDeviceReadIOps", resources->read_iops,
		      resources->read_iops_count);
	set_throttles(value, "BlkioDeviceWriteIOps", resources->write_iops,
		      resources->write_iops_count);
}

/* "SRC[:DST[:rwm]]" */
static json *describe_devices(char *const *items)
{
	json *list = json_new_array();

	for (; items && *items; items++) {
		auto_free char *copy = alloc_string(*items);
		char *target = strchr(copy, ':');
		char *access = target ? strchr(target + 1, ':') : NULL;
		json *item = json_new_object();

		if (access)
			*access++ = '\0';
		if (target)
			*target++ = '\0';
		json_set_string(item, "PathOnHost", copy);
		json_set_string(item, "PathInContainer", describe_text_or(target, copy));
		json_set_string(item, "CgroupPermissions", describe_text_or(access, "rwm"));
		json_add(list, item);
	}
	return list;
}

static int64_t limit_number(rlim_t limit)
{
	return limit == RLIM_INFINITY ? -1 : (int64_t)limit;
}

static json *describe_ulimits(const struct container_config *config)
{
	json *list = json_new_array();

	for (size_t i = 0; i < config->ulimit_count; i++) {
		const struct spec_rlimit *ulimit = &config->ulimits[i];
		json *item = json_new_object();

		json_set_string(item, "Name", spec_rlimit_name(ulimit->resource));
		json_set_int(item, "Hard", limit_number(ulimit->limit.rlim_max));
		json_set_int(item, "Soft", limit_number(ulimit->limit.rlim_cur));
		json_add(list, item);
	}
	return list;
}

static void set_resources(json *value, const struct container_config *config)
{
	const struct spec_resources *resources = &config->resources;

	json_set_int(value, "Memory", resources->memory_limit);
	json_set_int(value, "MemorySwap", resources->memory_swap);
	json_set_int(value, "MemoryReservation", resources->memory_reservation);
	set_processors(value, resources);
	set_disks(value, resources);
	set_number(value, "PidsLimit", resources->pids_limit);
	set_number(value, "ShmSize", config->shm_size);
	json_set_int(value, "OomScoreAdj", config->oom_score_adj);
	json_set(value, "Devices", describe_devices(config->devices_requested));
	set_strings(value, "DeviceCgroupRules", config->device_rules);
	json_set(value, "Ulimits", describe_ulimits(config));
}

json *describe_host_config(const struct container *container)
{
	const struct container_config *config = &container->config;
	json *value = describe_unset(unset);

	describe_set_mounts(value, config);
	set_strings(value, "VolumesFrom", config->volumes_from);
	json_set(value, "LogConfig", describe_log(config));
	json_set(value, "RestartPolicy", describe_restart(&config->restart));
	json_set_bool(value, "AutoRemove", config->auto_remove);
	set_network(value, config);
	json_set(value, "Links", describe_old_links(container));
	set_isolation(value, config);
	set_resources(value, config);
	if (config->use_init)
		json_set_bool(value, "Init", true);
	return describe_drop_null(value, left_out);
}
