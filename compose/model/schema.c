/* SPDX-License-Identifier: Apache-2.0 */
#include "compose/model/schema.h"

#include "compose/model/model.h"
#include "compose/model/problems.h"
#include "compose/model/schema_parts.h"
#include "compose/model/short_syntax.h"

#include "base/strbuf.h"

#include <string.h>

/* clang-format off: one row is one line, as far as it fits */
#define NO_WINDOWS .support = SUPPORT_REFUSED, .note = "exists on Windows only"
#define CGROUP_V1  .support = SUPPORT_WARNED, .note = "exists in cgroup v1 only"
#define POSITIVE   .minimum = 0, .maximum = INT64_MAX

/* Sorted by key: this is also the order of `config`. */
static const struct field service_fields[] = {
	FIELD(service, annotations, "annotations", KIND_PAIRS, .flags = FIELD_OR_LIST),
	FIELD(service, attach, "attach", KIND_BOOL, .flags = FIELD_ZERO | FIELD_CAST),
	FIELD(service, blkio_config, "blkio_config", KIND_OBJECT, &schema_blkio),
	FIELD(service, build, "build", KIND_OBJECT, &schema_build, FIELD_SHAPELESS),
	FIELD(service, cap_add, "cap_add", KIND_STRINGS, .merge = MERGE_UNIQUE),
	FIELD(service, cap_drop, "cap_drop", KIND_STRINGS, .merge = MERGE_UNIQUE),
	FIELD(service, cgroup, "cgroup", KIND_STRING),
	FIELD(service, cgroup_parent, "cgroup_parent", KIND_STRING),
	FIELD(service, command, "command", KIND_COMMAND, .merge = MERGE_REPLACE,
	      .flags = FIELD_JSON_NULL),
	FIELD(service, configs, "configs", KIND_LIST, &schema_service_config, .merge = MERGE_KEYED),
	FIELD(service, container_name, "container_name", KIND_STRING),
	FIELD(service, cpu_count, "cpu_count", KIND_INT, .flags = FIELD_CAST, NO_WINDOWS),
	FIELD(service, cpu_percent, "cpu_percent", KIND_FRACTION, .flags = FIELD_CAST, NO_WINDOWS),
	FIELD(service, cpu_period, "cpu_period", KIND_INT, .flags = FIELD_CAST, POSITIVE),
	FIELD(service, cpu_quota, "cpu_quota", KIND_INT, .flags = FIELD_CAST, .minimum = -1,
	      .maximum = INT64_MAX),
	FIELD(service, cpu_rt_period, "cpu_rt_period", KIND_INT, .flags = FIELD_CAST, CGROUP_V1),
	FIELD(service, cpu_rt_runtime, "cpu_rt_runtime", KIND_INT, .flags = FIELD_CAST, CGROUP_V1),
	FIELD(service, cpu_shares, "cpu_shares", KIND_INT, .flags = FIELD_CAST, POSITIVE),
	FIELD(service, cpus, "cpus", KIND_FRACTION, .flags = FIELD_CAST),
	FIELD(service, cpuset, "cpuset", KIND_STRING),
	FIELD(service, credential_spec, "credential_spec", KIND_OBJECT, &schema_credential_spec,
	      NO_WINDOWS),
	FIELD(service, depends_on, "depends_on", KIND_MAP, &schema_dependency,
	      FIELD_OR_LIST | FIELD_FREE_NAMES | FIELD_SHAPELESS | FIELD_NO_EMPTY),
	FIELD(service, deploy, "deploy", KIND_OBJECT, &schema_deploy),
	FIELD(service, develop, "develop", KIND_OBJECT, &schema_develop,
	      .note = "followed with inotify: changes that other machines make on a network mount "
		      "are not seen"),
	FIELD(service, device_cgroup_rules, "device_cgroup_rules", KIND_STRINGS),
	FIELD(service, devices, "devices", KIND_LIST, &schema_device, .merge = MERGE_KEYED),
	FIELD(service, dns, "dns", KIND_STRINGS,
	      .flags = FIELD_OR_STRING | FIELD_NO_EMPTY | FIELD_DROPS_EMPTY, .merge = MERGE_UNIQUE),
	FIELD(service, dns_opt, "dns_opt", KIND_STRINGS, .merge = MERGE_UNIQUE),
	FIELD(service, dns_search, "dns_search", KIND_STRINGS, .flags = FIELD_OR_STRING,
	      .merge = MERGE_UNIQUE),
	FIELD(service, domainname, "domainname", KIND_STRING),
	FIELD(service, entrypoint, "entrypoint", KIND_COMMAND, .merge = MERGE_REPLACE,
	      .flags = FIELD_JSON_NULL),
	FIELD(service, env_files, "env_file", KIND_LIST, &schema_env_file,
	      FIELD_OR_STRING | FIELD_NO_EMPTY, .merge = MERGE_KEYED),
	FIELD(service, environment, "environment", KIND_PAIRS,
	      .flags = FIELD_OR_LIST | FIELD_NULLS | FIELD_NO_EMPTY),
	FIELD(service, expose, "expose", KIND_STRINGS, .flags = FIELD_NUMBER,
	      .merge = MERGE_UNIQUE),
	{.key = "extends", .kind = KIND_NODE, .flags = FIELD_LOADER},
	FIELD(service, external_links, "external_links", KIND_STRINGS),
	FIELD(service, extra_hosts, "extra_hosts", KIND_HOSTS, .flags = FIELD_NO_EMPTY),
	FIELD(service, gpus, "gpus", KIND_LIST, &schema_gpu, FIELD_OR_STRING,
	      .support = SUPPORT_REFUSED,
	      .note = "GPU drivers are not supported; name the device files in 'devices'"),
	FIELD(service, group_add, "group_add", KIND_STRINGS, .flags = FIELD_NUMBER),
	FIELD(service, healthcheck, "healthcheck", KIND_OBJECT, &schema_healthcheck,
	      FIELD_SHOW_EMPTY),
	FIELD(service, hostname, "hostname", KIND_STRING),
	FIELD(service, image, "image", KIND_STRING),
	FIELD(service, init, "init", KIND_BOOL, .flags = FIELD_ZERO | FIELD_CAST),
	FIELD(service, ipc, "ipc", KIND_STRING),
	FIELD(service, isolation, "isolation", KIND_STRING, WORDS("default"),
	      .note = "others exist on Windows only"),
	FIELD(service, label_files, "label_file", KIND_STRINGS,
	      .flags = FIELD_OR_STRING | FIELD_PATH | FIELD_NO_EMPTY | FIELD_SHAPELESS),
	FIELD(service, labels, "labels", KIND_PAIRS, .flags = FIELD_OR_LIST | FIELD_NO_EMPTY),
	FIELD(service, links, "links", KIND_STRINGS, .merge = MERGE_UNIQUE),
	FIELD(service, logging, "logging", KIND_OBJECT, &schema_logging, .merge = MERGE_LOGGING),
	FIELD(service, mac_address, "mac_address", KIND_STRING),
	FIELD(service, mem_limit, "mem_limit", KIND_SIZE),
	FIELD(service, mem_reservation, "mem_reservation", KIND_SIZE),
	FIELD(service, mem_swappiness, "mem_swappiness", KIND_INT, .flags = FIELD_CAST,
	      .minimum = -1, .maximum = 100, CGROUP_V1),
	FIELD(service, memswap_limit, "memswap_limit", KIND_SIZE),
	FIELD(service, models, "models", KIND_NODE, .support = SUPPORT_REFUSED,
	      .note = "needs Docker's model runner; run the model server as a service"),
	FIELD(service, network_mode, "network_mode", KIND_STRING),
	FIELD(service, networks, "networks", KIND_MAP, &schema_service_network,
	      FIELD_OR_LIST | FIELD_FREE_NAMES | FIELD_NO_EMPTY),
	FIELD(service, oom_kill_disable, "oom_kill_disable", KIND_BOOL, .flags = FIELD_CAST,
	      CGROUP_V1),
	FIELD(service, oom_score_adj, "oom_score_adj", KIND_INT, .flags = FIELD_CAST,
	      .minimum = -1000, .maximum = 1000),
	FIELD(service, pid, "pid", KIND_STRING),
	FIELD(service, pids_limit, "pids_limit", KIND_INT, .flags = FIELD_CAST, .minimum = -1,
	      .maximum = INT32_MAX),
	FIELD(service, platform, "platform", KIND_STRING, .support = SUPPORT_BETTER,
	      .note = "what this machine cannot run is refused before anything is "
		      "pulled, unless it is only created"),
	FIELD(service, ports, "ports", KIND_LIST, &schema_port, .merge = MERGE_KEYED),
	FIELD(service, post_start, "post_start", KIND_LIST, &schema_hook),
	FIELD(service, pre_start, "pre_start", KIND_LIST, &schema_pre_start),
	FIELD(service, pre_stop, "pre_stop", KIND_LIST, &schema_hook),
	FIELD(service, privileged, "privileged", KIND_BOOL, .flags = FIELD_CAST),
	FIELD(service, profiles, "profiles", KIND_STRINGS, .merge = MERGE_UNIQUE,
	      .flags = FIELD_SHAPELESS | FIELD_NO_EMPTY),
	FIELD(service, provider, "provider", KIND_OBJECT, &schema_provider),
	FIELD(service, pull_policy, "pull_policy", KIND_STRING, .flags = FIELD_SHAPELESS,
	      WORDS("", "always", "never", "missing", "if_not_present", "build", "daily", "weekly",
		    "every_<duration>")),
	FIELD(service, pull_refresh_after, "pull_refresh_after", KIND_STRING,
	      .support = SUPPORT_WARNED, .note = "use pull_policy: every_<duration>"),
	FIELD(service, read_only, "read_only", KIND_BOOL, .flags = FIELD_CAST),
	FIELD(service, restart, "restart", KIND_STRING,
	      WORDS("", "no", "always", "unless-stopped", "on-failure", "on-failure:N")),
	FIELD(service, runtime, "runtime", KIND_STRING,
	      WORDS("", "runc", "io.containerd.runc.v2", "coracle"),
	      .note = "containers run under Coracle's own runtime"),
	FIELD(service, scale, "scale", KIND_INT, .flags = FIELD_ZERO | FIELD_CAST | FIELD_SHAPELESS,
	      .minimum = 0, .maximum = 100000),
	FIELD(service, secrets, "secrets", KIND_LIST, &schema_service_secret, .merge = MERGE_KEYED),
	FIELD(service, security_opt, "security_opt", KIND_STRINGS,
	      .note = "label=…: no effect, with a warning, as with Docker's daemon without "
		      "selinux-enabled, its default"),
	FIELD(service, shm_size, "shm_size", KIND_SIZE),
	FIELD(service, stdin_open, "stdin_open", KIND_BOOL, .flags = FIELD_CAST),
	FIELD(service, stop_grace_period, "stop_grace_period", KIND_DURATION, .flags = FIELD_ZERO),
	FIELD(service, stop_signal, "stop_signal", KIND_STRING),
	FIELD(service, storage_opt, "storage_opt", KIND_PAIRS, .support = SUPPORT_REFUSED,
	      .note = "a size of its own for a container's file system is not supported"),
	FIELD(service, sysctls, "sysctls", KIND_PAIRS, .flags = FIELD_OR_LIST),
	FIELD(service, tmpfs, "tmpfs", KIND_STRINGS, .flags = FIELD_OR_STRING,
	      .merge = MERGE_TMPFS),
	FIELD(service, tty, "tty", KIND_BOOL, .flags = FIELD_CAST),
	FIELD(service, ulimits, "ulimits", KIND_MAP, &schema_ulimit, .support = SUPPORT_BETTER,
	      .note = "zero is a limit; soft and hard merge"),
	FIELD(service, use_api_socket, "use_api_socket", KIND_BOOL, .support = SUPPORT_REFUSED,
	      .note = "there is no Docker API socket"),
	FIELD(service, user, "user", KIND_STRING),
	FIELD(service, userns_mode, "userns_mode", KIND_STRING, WORDS("host", ""),
	      .note = "there is one user namespace, the host's"),
	FIELD(service, uts, "uts", KIND_STRING),
	FIELD(service, volumes, "volumes", KIND_LIST, &schema_service_volume, .merge = MERGE_KEYED),
	FIELD(service, volumes_from, "volumes_from", KIND_STRINGS, .support = SUPPORT_BETTER,
	      .note = "':ro' of a service is honoured"),
	FIELD(service, working_dir, "working_dir", KIND_STRING),
};
const struct shape schema_service = SHAPE(service, "service", service_fields,
					  .extensions = offsetof(struct service, extensions),
					  .where = offsetof(struct service, where));

static const struct field network_fields[] = {
	FIELD(project_network, attachable, "attachable", KIND_BOOL, .flags = FIELD_CAST,
	      .support = SUPPORT_NOTHING_TO_DO, .note = "every container can be attached"),
	FIELD(project_network, driver, "driver", KIND_STRING),
	FIELD(project_network, driver_opts, "driver_opts", KIND_PAIRS,
	      .note = "io.coracle.bridge.guard: \"false\" lets its containers send from any "
		      "address"),
	FIELD(project_network, enable_ipv4, "enable_ipv4", KIND_BOOL,
	      .flags = FIELD_ZERO | FIELD_CAST),
	FIELD(project_network, enable_ipv6, "enable_ipv6", KIND_BOOL,
	      .flags = FIELD_ZERO | FIELD_CAST),
	FIELD(project_network, external, "external", KIND_BOOL,
	      .flags = FIELD_CAST | FIELD_EXTERNAL),
	FIELD(project_network, internal, "internal", KIND_BOOL, .flags = FIELD_CAST),
	FIELD(project_network, ipam, "ipam", KIND_OBJECT, &schema_ipam, FIELD_JSON_EMPTY),
	FIELD(project_network, labels, "labels", KIND_PAIRS, .flags = FIELD_OR_LIST),
	FIELD(project_network, name, "name", KIND_STRING),
};
const struct shape schema_network =
	SHAPE(project_network, "network", network_fields,
	      .extensions = offsetof(struct project_network, extensions),
	      .where = offsetof(struct project_network, where));

static const struct field volume_fields[] = {
	FIELD(project_volume, driver, "driver", KIND_STRING),
	FIELD(project_volume, driver_opts, "driver_opts", KIND_PAIRS),
	FIELD(project_volume, external, "external", KIND_BOOL,
	      .flags = FIELD_CAST | FIELD_EXTERNAL),
	FIELD(project_volume, labels, "labels", KIND_PAIRS, .flags = FIELD_OR_LIST),
	FIELD(project_volume, name, "name", KIND_STRING),
};
static const struct shape volume_shape =
	SHAPE(project_volume, "volume", volume_fields,
	      .extensions = offsetof(struct project_volume, extensions),
	      .where = offsetof(struct project_volume, where), .rebase = short_rebase_volume);

#define STORE_DRIVER .support = SUPPORT_REFUSED, .note = "use 'external: true' and the secret store"
#define FILE_FIELDS                                                                                \
	FIELD(project_file, driver, "driver", KIND_STRING, STORE_DRIVER),                          \
		FIELD(project_file, driver_opts, "driver_opts", KIND_PAIRS, STORE_DRIVER),         \
		FIELD(project_file, environment, "environment", KIND_STRING),                      \
		FIELD(project_file, external, "external", KIND_BOOL,                               \
		      .flags = FIELD_CAST | FIELD_EXTERNAL, .support = SUPPORT_BETTER,             \
		      .note = "from the store: `coracle secret create`, `coracle config create`"), \
		FIELD(project_file, file, "file", KIND_STRING, .flags = FIELD_PATH),               \
		FIELD(project_file, labels, "labels", KIND_PAIRS, .flags = FIELD_OR_LIST,          \
		      .support = SUPPORT_NOTHING_TO_DO,                                            \
		      .note = "it is a file of its containers, not an object"),                    \
		FIELD(project_file, name, "name", KIND_STRING),                                    \
		FIELD(project_file, template_driver, "template_driver", KIND_STRING,               \
		      STORE_DRIVER),                                                               \
		FIELD(project_file, value, "#value", KIND_STRING, .flags = FIELD_HIDDEN)

static const struct field secret_fields[] = {
	FILE_FIELDS,
};
static const struct shape secret_shape =
	SHAPE(project_file, "secret", secret_fields,
	      .extensions = offsetof(struct project_file, extensions),
	      .where = offsetof(struct project_file, where));

static const struct field config_fields[] = {
	FIELD(project_file, content, "content", KIND_STRING),
	FILE_FIELDS,
};
static const struct shape config_shape =
	SHAPE(project_file, "config", config_fields,
	      .extensions = offsetof(struct project_file, extensions),
	      .where = offsetof(struct project_file, where));

/* In the order of `config`. */
static const struct field project_fields[] = {
	FIELD(project, name, "name", KIND_STRING),
	FIELD(project, services, "services", KIND_MAP, &schema_service,
	      FIELD_FREE_NAMES | FIELD_SHOW_EMPTY),
	FIELD(project, networks, "networks", KIND_MAP, &schema_network,
	      FIELD_FREE_NAMES | FIELD_NO_EMPTY),
	FIELD(project, volumes, "volumes", KIND_MAP, &volume_shape,
	      FIELD_FREE_NAMES | FIELD_NO_EMPTY),
	FIELD(project, secrets, "secrets", KIND_MAP, &secret_shape,
	      FIELD_FREE_NAMES | FIELD_NO_EMPTY),
	FIELD(project, configs, "configs", KIND_MAP, &config_shape,
	      FIELD_FREE_NAMES | FIELD_NO_EMPTY),
	FIELD(project, models, "models", KIND_NODE, .support = SUPPORT_REFUSED,
	      .note = "needs Docker's model runner; run the model server as a service"),
	{.key = "include", .kind = KIND_NODE, .flags = FIELD_LOADER},
	{.key = "version",
	 .kind = KIND_NODE,
	 .flags = FIELD_LOADER,
	 .support = SUPPORT_NOTHING_TO_DO,
	 .note = "obsolete"},
};
const struct shape schema_project = SHAPE(project, "project", project_fields,
					  .extensions = offsetof(struct project, extensions));
/* clang-format on */

const struct field *schema_find(const struct shape *shape, const char *key)
{
	size_t low = 0, high = shape->count;

	if (high <= 16) { /* small tables need no order */
		for (size_t i = 0; i < high; i++)
			if (strcmp(shape->fields[i].key, key) == 0)
				return &shape->fields[i];
		return NULL;
	}
	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = strcmp(key, shape->fields[middle].key);

		if (order == 0)
			return &shape->fields[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

void schema_names(const struct shape *shape, const char *names[SCHEMA_MOST_NAMES])
{
	size_t count = 0;

	for (size_t i = 0; i < shape->count && count + 1 < SCHEMA_MOST_NAMES; i++)
		if (!(shape->fields[i].flags & FIELD_HIDDEN))
			names[count++] = shape->fields[i].key;
	names[count] = NULL;
}
