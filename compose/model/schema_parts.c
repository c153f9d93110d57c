/* SPDX-License-Identifier: Apache-2.0 */
#include "compose/model/schema_parts.h"

#include "compose/model/short_syntax.h"

/* clang-format off: one row is one line, as far as it fits */
#define EXTENSIONS(type) .extensions = offsetof(struct type, extensions)
#define NOT_ON_ONE_HOST	 .support = SUPPORT_WARNED, .note = "there is only one host"

/* ------------------------------------------------------------------ ports and mounts */

static const struct field port_fields[] = {
	FIELD(service_port, name, "name", KIND_STRING, .support = SUPPORT_NOTHING_TO_DO,
	      .note = "informative"),
	FIELD(service_port, mode, "mode", KIND_STRING, WORDS("ingress", "host"),
	      .support = SUPPORT_NOTHING_TO_DO, .note = "both are the same on one host"),
	FIELD(service_port, host_ip, "host_ip", KIND_STRING),
	FIELD(service_port, target, "target", KIND_INT, .flags = FIELD_CAST | FIELD_REQUIRED,
	      .minimum = 1, .maximum = 65535),
	FIELD(service_port, published, "published", KIND_STRING, .flags = FIELD_NUMBER),
	FIELD(service_port, protocol, "protocol", KIND_STRING,
	      WORDS("tcp", "udp", "sctp", "TCP", "UDP", "SCTP")),
	FIELD(service_port, app_protocol, "app_protocol", KIND_STRING,
	      .support = SUPPORT_NOTHING_TO_DO, .note = "informative"),
};
const struct shape schema_port = SHAPE(service_port, "port", port_fields, EXTENSIONS(service_port),
				       .expand = short_port, .identity = short_identify_port);

static const struct field bind_fields[] = {
	FIELD(mount_bind, create_host_path, "create_host_path", KIND_BOOL,
	      .flags = FIELD_CAST | FIELD_TRUE_HIDDEN),
	FIELD(mount_bind, propagation, "propagation", KIND_STRING,
	      WORDS("private", "rprivate", "shared", "rshared", "slave", "rslave")),
	FIELD(mount_bind, recursive, "recursive", KIND_STRING,
	      WORDS("enabled", "disabled", "writable", "readonly")),
	FIELD(mount_bind, selinux, "selinux", KIND_STRING, WORDS("z", "Z"),
	      .support = SUPPORT_WARNED, .note = "files are not relabelled"),
};
static const struct shape bind_shape =
	SHAPE(mount_bind, "bind", bind_fields, EXTENSIONS(mount_bind));

static const struct field mount_volume_fields[] = {
	FIELD(mount_volume, labels, "labels", KIND_PAIRS, .flags = FIELD_OR_LIST,
	      .support = SUPPORT_BETTER, .note = "of named volumes too, when they are made"),
	FIELD(mount_volume, nocopy, "nocopy", KIND_BOOL, .flags = FIELD_CAST),
	FIELD(mount_volume, subpath, "subpath", KIND_STRING),
};
static const struct shape mount_volume_shape =
	SHAPE(mount_volume, "volume", mount_volume_fields, EXTENSIONS(mount_volume));

static const struct field mount_tmpfs_fields[] = {
	FIELD(mount_tmpfs, size, "size", KIND_SIZE),
	FIELD(mount_tmpfs, mode, "mode", KIND_MODE, .flags = FIELD_DECIMAL),
};
static const struct shape mount_tmpfs_shape =
	SHAPE(mount_tmpfs, "tmpfs", mount_tmpfs_fields, EXTENSIONS(mount_tmpfs));

static const struct field mount_image_fields[] = {
	FIELD(mount_image, subpath, "subpath", KIND_STRING),
};
static const struct shape mount_image_shape =
	SHAPE(mount_image, "image", mount_image_fields, EXTENSIONS(mount_image));

static const struct field service_volume_fields[] = {
	FIELD(service_volume, type, "type", KIND_STRING, .flags = FIELD_REQUIRED,
	      WORDS("bind", "volume", "tmpfs", "image"), .note = "npipe and cluster are refused"),
	FIELD(service_volume, source, "source", KIND_STRING),
	FIELD(service_volume, target, "target", KIND_STRING),
	FIELD(service_volume, read_only, "read_only", KIND_BOOL, .flags = FIELD_CAST),
	FIELD(service_volume, consistency, "consistency", KIND_STRING,
	      .support = SUPPORT_NOTHING_TO_DO, .note = "mounts are always consistent on Linux"),
	FIELD(service_volume, bind, "bind", KIND_OBJECT, &bind_shape, FIELD_SHOW_EMPTY),
	FIELD(service_volume, volume, "volume", KIND_OBJECT, &mount_volume_shape, FIELD_SHOW_EMPTY),
	FIELD(service_volume, tmpfs, "tmpfs", KIND_OBJECT, &mount_tmpfs_shape, FIELD_SHOW_EMPTY),
	FIELD(service_volume, image, "image", KIND_OBJECT, &mount_image_shape, FIELD_SHOW_EMPTY),
};
const struct shape schema_service_volume = SHAPE(
	service_volume, "mount", service_volume_fields, EXTENSIONS(service_volume),
	.expand = short_volume, .identity = short_identify_target, .rebase = short_rebase_mount);

static const struct field file_fields[] = {
	FIELD(service_file, source, "source", KIND_STRING, .flags = FIELD_REQUIRED),
	FIELD(service_file, target, "target", KIND_STRING),
	FIELD(service_file, uid, "uid", KIND_STRING, .support = SUPPORT_BETTER,
	      .note = "honoured for every source, names too; Docker Compose only for environment "
		      "sources"),
	FIELD(service_file, gid, "gid", KIND_STRING, .support = SUPPORT_BETTER, .note = "as uid"),
	FIELD(service_file, mode, "mode", KIND_MODE, .flags = FIELD_ZERO, .support = SUPPORT_BETTER,
	      .note = "as uid"),
};
const struct shape schema_service_secret =
	SHAPE(service_file, "secret", file_fields, EXTENSIONS(service_file), .expand = short_secret,
	      .identity = short_identify_secret);
const struct shape schema_service_config =
	SHAPE(service_file, "config", file_fields, EXTENSIONS(service_file), .expand = short_config,
	      .identity = short_identify_config);
/* What a build takes is like it, but for whose it is. */
static const char of_the_mount[] =
	"the RUN that mounts it says so: --mount=type=secret,uid=…,mode=…";
static const struct field build_secret_fields[] = {
	FIELD(service_file, source, "source", KIND_STRING, .flags = FIELD_REQUIRED),
	FIELD(service_file, target, "target", KIND_STRING),
	FIELD(service_file, uid, "uid", KIND_STRING, .support = SUPPORT_WARNED,
	      .note = of_the_mount),
	FIELD(service_file, gid, "gid", KIND_STRING, .support = SUPPORT_WARNED,
	      .note = of_the_mount),
	FIELD(service_file, mode, "mode", KIND_MODE, .flags = FIELD_ZERO, .support = SUPPORT_WARNED,
	      .note = of_the_mount),
};
static const struct shape build_secret_shape =
	SHAPE(service_file, "build secret", build_secret_fields, EXTENSIONS(service_file),
	      .expand = short_config, .identity = short_identify_config);

static const struct field device_fields[] = {
	FIELD(service_device, source, "source", KIND_STRING, .flags = FIELD_REQUIRED),
	FIELD(service_device, target, "target", KIND_STRING),
	FIELD(service_device, permissions, "permissions", KIND_STRING),
};
const struct shape schema_device =
	SHAPE(service_device, "device", device_fields, EXTENSIONS(service_device),
	      .expand = short_device, .identity = short_identify_device);

static const struct field env_file_fields[] = {
	FIELD(service_env_file, path, "path", KIND_STRING, .flags = FIELD_REQUIRED | FIELD_PATH),
	FIELD(service_env_file, required, "required", KIND_BOOL,
	      .flags = FIELD_CAST | FIELD_TRUE_HIDDEN),
	FIELD(service_env_file, format, "format", KIND_STRING),
	FIELD(service_env_file, scope, "#scope", KIND_STRING, .flags = FIELD_HIDDEN),
};
const struct shape schema_env_file =
	SHAPE(service_env_file, "env_file", env_file_fields, EXTENSIONS(service_env_file),
	      .expand = short_env_file, .identity = short_identify_env_file);

/* ------------------------------------------------------------------ life cycle */

static const struct field dependency_fields[] = {
	FIELD(service_dependency, condition, "condition", KIND_CONDITION),
	FIELD(service_dependency, restart, "restart", KIND_BOOL, .flags = FIELD_CAST),
	FIELD(service_dependency, required, "required", KIND_BOOL,
	      .flags = FIELD_ZERO | FIELD_CAST),
};
const struct shape schema_dependency =
	SHAPE(service_dependency, "dependency", dependency_fields, EXTENSIONS(service_dependency),
	      .expand = short_dependency);

static const struct field healthcheck_fields[] = {
	FIELD(service_healthcheck, disable, "disable", KIND_BOOL, .flags = FIELD_CAST),
	FIELD(service_healthcheck, interval, "interval", KIND_DURATION, .flags = FIELD_ZERO),
	FIELD(service_healthcheck, retries, "retries", KIND_INT, .flags = FIELD_ZERO | FIELD_CAST,
	      .minimum = 0, .maximum = INT32_MAX),
	FIELD(service_healthcheck, start_interval, "start_interval", KIND_DURATION,
	      .flags = FIELD_ZERO),
	FIELD(service_healthcheck, start_period, "start_period", KIND_DURATION,
	      .flags = FIELD_ZERO),
	FIELD(service_healthcheck, test, "test", KIND_STRINGS, .merge = MERGE_REPLACE,
	      .flags = FIELD_OR_STRING | FIELD_SHELL),
	FIELD(service_healthcheck, timeout, "timeout", KIND_DURATION, .flags = FIELD_ZERO),
};
const struct shape schema_healthcheck = SHAPE(service_healthcheck, "healthcheck",
					      healthcheck_fields, EXTENSIONS(service_healthcheck));

static const struct field hook_fields[] = {
	FIELD(service_hook, command, "command", KIND_COMMAND,
	      .flags = FIELD_REQUIRED | FIELD_JSON_NULL),
	FIELD(service_hook, environment, "environment", KIND_PAIRS,
	      .flags = FIELD_OR_LIST | FIELD_NULLS),
	FIELD(service_hook, privileged, "privileged", KIND_BOOL, .flags = FIELD_CAST),
	FIELD(service_hook, user, "user", KIND_STRING),
	FIELD(service_hook, working_dir, "working_dir", KIND_STRING),
};
const struct shape schema_hook = SHAPE(service_hook, "hook", hook_fields, EXTENSIONS(service_hook));

static const struct field pre_start_fields[] = {
	FIELD(service_hook, command, "command", KIND_COMMAND, .flags = FIELD_JSON_NULL),
	FIELD(service_hook, environment, "environment", KIND_PAIRS,
	      .flags = FIELD_OR_LIST | FIELD_NULLS),
	FIELD(service_hook, image, "image", KIND_STRING),
	FIELD(service_hook, per_replica, "per_replica", KIND_BOOL, .support = SUPPORT_BETTER,
	      .note = "Docker Compose refuses it"),
	FIELD(service_hook, privileged, "privileged", KIND_BOOL, .flags = FIELD_CAST),
	FIELD(service_hook, user, "user", KIND_STRING),
	FIELD(service_hook, working_dir, "working_dir", KIND_STRING),
};
const struct shape schema_pre_start =
	SHAPE(service_hook, "pre_start", pre_start_fields, EXTENSIONS(service_hook));

static const struct field logging_fields[] = {
	FIELD(service_logging, driver, "driver", KIND_STRING,
	      .note = "json-file, local, syslog, journald, none; Docker's others keep the output "
		      "as json-file does, with a warning"),
	FIELD(service_logging, options, "options", KIND_PAIRS, .flags = FIELD_NULLS),
};
const struct shape schema_logging =
	SHAPE(service_logging, "logging", logging_fields, EXTENSIONS(service_logging));

static const struct field ulimit_fields[] = {
	FIELD(service_ulimit, hard, "hard", KIND_INT, .flags = FIELD_ZERO | FIELD_CAST,
	      .minimum = -1, .maximum = INT64_MAX),
	FIELD(service_ulimit, single, "#single", KIND_INT,
	      .flags = FIELD_ZERO | FIELD_CAST | FIELD_HIDDEN, .minimum = -1, .maximum = INT64_MAX),
	FIELD(service_ulimit, soft, "soft", KIND_INT, .flags = FIELD_ZERO | FIELD_CAST,
	      .minimum = -1, .maximum = INT64_MAX),
};
const struct shape schema_ulimit = SHAPE(service_ulimit, "ulimit", ulimit_fields,
					 EXTENSIONS(service_ulimit), .scalar_key = "#single");

static const struct field provider_fields[] = {
	FIELD(service_provider, options, "options", KIND_NODE, .flags = FIELD_TEXT_LISTS),
	FIELD(service_provider, type, "type", KIND_STRING, .flags = FIELD_REQUIRED),
};
const struct shape schema_provider =
	SHAPE(service_provider, "provider", provider_fields, EXTENSIONS(service_provider));

static const struct field credential_spec_fields[] = {
	FIELD(service_credential_spec, config, "config", KIND_STRING),
	FIELD(service_credential_spec, file, "file", KIND_STRING),
	FIELD(service_credential_spec, registry, "registry", KIND_STRING),
};
const struct shape schema_credential_spec =
	SHAPE(service_credential_spec, "credential_spec", credential_spec_fields,
	      EXTENSIONS(service_credential_spec));

/* ------------------------------------------------------------------ networks of a service */

static const struct field service_network_fields[] = {
	FIELD(service_network, aliases, "aliases", KIND_STRINGS, .merge = MERGE_UNIQUE),
	FIELD(service_network, driver_opts, "driver_opts", KIND_PAIRS,
	      .note = "what a container sends from an address that it was not given (a floating "
		      "one of keepalived, a router's) is dropped: io.coracle.endpoint.guard: "
		      "\"false\" lets it through"),
	FIELD(service_network, gw_priority, "gw_priority", KIND_INT),
	FIELD(service_network, interface_name, "interface_name", KIND_STRING),
	FIELD(service_network, ipv4_address, "ipv4_address", KIND_STRING),
	FIELD(service_network, ipv6_address, "ipv6_address", KIND_STRING),
	FIELD(service_network, link_local_ips, "link_local_ips", KIND_STRINGS,
	      .merge = MERGE_UNIQUE),
	FIELD(service_network, mac_address, "mac_address", KIND_STRING),
	FIELD(service_network, priority, "priority", KIND_INT, .support = SUPPORT_BETTER,
	      .note = "the order of the interfaces; without it the order of the file"),
};
const struct shape schema_service_network =
	SHAPE(service_network, "network", service_network_fields, EXTENSIONS(service_network));

static const struct field ipam_config_fields[] = {
	FIELD(ipam_config, aux_addresses, "aux_addresses", KIND_PAIRS),
	FIELD(ipam_config, gateway, "gateway", KIND_STRING),
	FIELD(ipam_config, ip_range, "ip_range", KIND_STRING),
	FIELD(ipam_config, subnet, "subnet", KIND_STRING),
};
static const struct shape ipam_config_shape =
	SHAPE(ipam_config, "ipam config", ipam_config_fields, EXTENSIONS(ipam_config),
	      .identity = short_identify_ipam);

static const struct field ipam_fields[] = {
	FIELD(network_ipam, config, "config", KIND_LIST, &ipam_config_shape,
	      .merge = MERGE_MATCHING),
	FIELD(network_ipam, driver, "driver", KIND_STRING, WORDS("", "default"),
	      .note = "addresses are given out by Coracle itself"),
	FIELD(network_ipam, options, "options", KIND_PAIRS, .support = SUPPORT_WARNED,
	      .note = "the default driver has none"),
};
const struct shape schema_ipam = SHAPE(network_ipam, "ipam", ipam_fields, EXTENSIONS(network_ipam));

/* ------------------------------------------------------------------ block devices */

static const struct field weight_fields[] = {
	FIELD(weight_device, path, "path", KIND_STRING),
	FIELD(weight_device, weight, "weight", KIND_INT, .flags = FIELD_CAST, .minimum = 1,
	      .maximum = 1000),
};
static const struct shape weight_shape =
	SHAPE(weight_device, "weight device", weight_fields, EXTENSIONS(weight_device));

static const struct field throttle_fields[] = {
	FIELD(throttle_device, path, "path", KIND_STRING),
	FIELD(throttle_device, rate, "rate", KIND_SIZE),
};
static const struct shape throttle_shape =
	SHAPE(throttle_device, "throttle device", throttle_fields, EXTENSIONS(throttle_device));

static const struct field blkio_fields[] = {
	FIELD(service_blkio, device_read_bps, "device_read_bps", KIND_LIST, &throttle_shape),
	FIELD(service_blkio, device_read_iops, "device_read_iops", KIND_LIST, &throttle_shape),
	FIELD(service_blkio, device_write_bps, "device_write_bps", KIND_LIST, &throttle_shape),
	FIELD(service_blkio, device_write_iops, "device_write_iops", KIND_LIST, &throttle_shape),
	FIELD(service_blkio, weight, "weight", KIND_INT, .flags = FIELD_CAST, .minimum = 0,
	      .maximum = 1000),
	FIELD(service_blkio, weight_device, "weight_device", KIND_LIST, &weight_shape),
};
const struct shape schema_blkio =
	SHAPE(service_blkio, "blkio_config", blkio_fields, EXTENSIONS(service_blkio));

/* ------------------------------------------------------------------ build */

static const struct field build_fields[] = {
	FIELD(service_build, additional_contexts, "additional_contexts", KIND_PAIRS,
	      .flags = FIELD_OR_LIST),
	FIELD(service_build, args, "args", KIND_PAIRS, .flags = FIELD_OR_LIST | FIELD_NULLS),
	FIELD(service_build, cache_from, "cache_from", KIND_STRINGS),
	FIELD(service_build, cache_to, "cache_to", KIND_STRINGS),
	FIELD(service_build, context, "context", KIND_STRING),
	FIELD(service_build, dockerfile, "dockerfile", KIND_STRING),
	FIELD(service_build, dockerfile_inline, "dockerfile_inline", KIND_STRING),
	FIELD(service_build, entitlements, "entitlements", KIND_STRINGS),
	FIELD(service_build, extra_hosts, "extra_hosts", KIND_HOSTS),
	FIELD(service_build, isolation, "isolation", KIND_STRING, WORDS("default"),
	      .note = "others exist on Windows only"),
	FIELD(service_build, labels, "labels", KIND_PAIRS, .flags = FIELD_OR_LIST),
	FIELD(service_build, network, "network", KIND_STRING),
	FIELD(service_build, no_cache, "no_cache", KIND_BOOL, .flags = FIELD_CAST),
	FIELD(service_build, no_cache_filter, "no_cache_filter", KIND_STRINGS,
	      .flags = FIELD_OR_STRING),
	FIELD(service_build, platforms, "platforms", KIND_STRINGS, .merge = MERGE_UNIQUE),
	FIELD(service_build, privileged, "privileged", KIND_BOOL, .flags = FIELD_CAST),
	FIELD(service_build, provenance, "provenance", KIND_STRING, .flags = FIELD_ANY_SCALAR,
	      .support = SUPPORT_WARNED, .note = "attestations are not made"),
	FIELD(service_build, pull, "pull", KIND_BOOL, .flags = FIELD_CAST),
	FIELD(service_build, sbom, "sbom", KIND_STRING, .flags = FIELD_ANY_SCALAR,
	      .support = SUPPORT_WARNED, .note = "attestations are not made"),
	FIELD(service_build, secrets, "secrets", KIND_LIST, &build_secret_shape,
	      .merge = MERGE_KEYED),
	FIELD(service_build, shm_size, "shm_size", KIND_SIZE),
	FIELD(service_build, ssh, "ssh", KIND_PAIRS, .flags = FIELD_OR_LIST | FIELD_NULLS),
	FIELD(service_build, tags, "tags", KIND_STRINGS, .merge = MERGE_UNIQUE),
	FIELD(service_build, target, "target", KIND_STRING),
	FIELD(service_build, ulimits, "ulimits", KIND_MAP, &schema_ulimit),
};
const struct shape schema_build =
	SHAPE(service_build, "build", build_fields, EXTENSIONS(service_build),
	      .expand = short_build, .rebase = short_rebase_build);

/* ------------------------------------------------------------------ develop */

static const struct field watch_exec_fields[] = {
	FIELD(watch_exec, command, "command", KIND_COMMAND,
	      .flags = FIELD_REQUIRED | FIELD_JSON_NULL),
	FIELD(watch_exec, environment, "environment", KIND_PAIRS,
	      .flags = FIELD_OR_LIST | FIELD_NULLS),
	FIELD(watch_exec, privileged, "privileged", KIND_BOOL, .flags = FIELD_CAST),
	FIELD(watch_exec, user, "user", KIND_STRING),
	FIELD(watch_exec, working_dir, "working_dir", KIND_STRING),
};
static const struct shape watch_exec_shape =
	SHAPE(watch_exec, "exec", watch_exec_fields, EXTENSIONS(watch_exec));

static const struct field watch_fields[] = {
	FIELD(service_watch, action, "action", KIND_STRING, .flags = FIELD_REQUIRED,
	      WORDS("rebuild", "sync", "restart", "sync+restart", "sync+exec")),
	FIELD(service_watch, exec, "exec", KIND_OBJECT, &watch_exec_shape, FIELD_JSON_EMPTY),
	FIELD(service_watch, ignore, "ignore", KIND_STRINGS, .flags = FIELD_OR_STRING),
	FIELD(service_watch, include, "include", KIND_STRINGS, .flags = FIELD_OR_STRING),
	FIELD(service_watch, initial_sync, "initial_sync", KIND_BOOL),
	FIELD(service_watch, path, "path", KIND_STRING, .flags = FIELD_REQUIRED | FIELD_PATH),
	FIELD(service_watch, target, "target", KIND_STRING),
};
static const struct shape watch_shape =
	SHAPE(service_watch, "watch", watch_fields, EXTENSIONS(service_watch),
	      .rebase = short_rebase_watch);

static const struct field develop_fields[] = {
	FIELD(service_develop, watch, "watch", KIND_LIST, &watch_shape),
};
const struct shape schema_develop =
	SHAPE(service_develop, "develop", develop_fields, EXTENSIONS(service_develop));

/* ------------------------------------------------------------------ deploy */

static const struct field gpu_fields[] = {
	FIELD(device_request, capabilities, "capabilities", KIND_STRINGS),
	FIELD(device_request, count, "count", KIND_INT, .flags = FIELD_CAST | FIELD_ALL),
	FIELD(device_request, device_ids, "device_ids", KIND_STRINGS),
	FIELD(device_request, driver, "driver", KIND_STRING),
	FIELD(device_request, options, "options", KIND_PAIRS, .flags = FIELD_OR_LIST),
};
const struct shape schema_gpu = SHAPE(device_request, "device request", gpu_fields,
				      EXTENSIONS(device_request), .expand = short_gpus);

static const struct field discrete_fields[] = {
	FIELD(generic_resource, kind, "kind", KIND_STRING),
	FIELD(generic_resource, value, "value", KIND_INT, .flags = FIELD_ZERO | FIELD_CAST),
};
static const struct shape discrete_shape =
	SHAPE(generic_resource, "generic resource", discrete_fields, EXTENSIONS(generic_resource));

static const struct field generic_fields[] = {
	FIELD(deploy_generic, discrete_resource_spec, "discrete_resource_spec", KIND_OBJECT,
	      &discrete_shape),
};
static const struct shape generic_shape =
	SHAPE(deploy_generic, "generic resource", generic_fields, EXTENSIONS(deploy_generic));

static const struct field limits_fields[] = {
	FIELD(deploy_limits, cpus, "cpus", KIND_FRACTION, .flags = FIELD_CAST),
	FIELD(deploy_limits, memory, "memory", KIND_SIZE),
	FIELD(deploy_limits, pids, "pids", KIND_INT, .flags = FIELD_CAST, .minimum = -1,
	      .maximum = INT32_MAX),
};
static const struct shape limits_shape =
	SHAPE(deploy_limits, "limits", limits_fields, EXTENSIONS(deploy_limits));

static const struct field reservations_fields[] = {
	FIELD(deploy_limits, cpus, "cpus", KIND_FRACTION, .flags = FIELD_CAST,
	      .support = SUPPORT_WARNED,
	      .note = "CPUs are not reserved on a single host; use cpu_shares for a larger part"),
	FIELD(deploy_limits, devices, "devices", KIND_LIST, &schema_gpu, .support = SUPPORT_REFUSED,
	      .note = "device drivers are not supported; name the device files in 'devices'"),
	FIELD(deploy_limits, generic_resources, "generic_resources", KIND_LIST, &generic_shape,
	      NOT_ON_ONE_HOST),
	FIELD(deploy_limits, memory, "memory", KIND_SIZE),
};
static const struct shape reservations_shape =
	SHAPE(deploy_limits, "reservations", reservations_fields, EXTENSIONS(deploy_limits));

static const struct field resources_fields[] = {
	FIELD(deploy_resources, limits, "limits", KIND_OBJECT, &limits_shape),
	FIELD(deploy_resources, reservations, "reservations", KIND_OBJECT, &reservations_shape),
};
static const struct shape resources_shape =
	SHAPE(deploy_resources, "resources", resources_fields, EXTENSIONS(deploy_resources));

static const struct field restart_policy_fields[] = {
	FIELD(deploy_restart_policy, condition, "condition", KIND_STRING,
	      WORDS("none", "no", "on-failure", "any", "always", "unless-stopped"),
	      .support = SUPPORT_BETTER, .note = "absent it is 'any', as the specification says"),
	FIELD(deploy_restart_policy, delay, "delay", KIND_DURATION, .flags = FIELD_ZERO,
	      .support = SUPPORT_BETTER, .note = "Docker Compose ignores it"),
	FIELD(deploy_restart_policy, max_attempts, "max_attempts", KIND_INT,
	      .flags = FIELD_ZERO | FIELD_CAST, .minimum = 0, .maximum = INT32_MAX),
	FIELD(deploy_restart_policy, window, "window", KIND_DURATION, .flags = FIELD_ZERO,
	      .support = SUPPORT_BETTER, .note = "Docker Compose ignores it"),
};
static const struct shape restart_policy_shape =
	SHAPE(deploy_restart_policy, "restart_policy", restart_policy_fields,
	      EXTENSIONS(deploy_restart_policy));

#define ROLLING                                                                                    \
	.flags = FIELD_SHAPELESS, .support = SUPPORT_BETTER,                                       \
	.note = "Docker Compose replaces all at once"
static const struct field update_fields[] = {
	FIELD(deploy_update, delay, "delay", KIND_DURATION),
	FIELD(deploy_update, failure_action, "failure_action", KIND_STRING,
	      WORDS("continue", "rollback", "pause")),
	FIELD(deploy_update, max_failure_ratio, "max_failure_ratio", KIND_FRACTION,
	      .flags = FIELD_CAST),
	FIELD(deploy_update, monitor, "monitor", KIND_DURATION),
	FIELD(deploy_update, order, "order", KIND_STRING, WORDS("start-first", "stop-first")),
	FIELD(deploy_update, parallelism, "parallelism", KIND_INT, .flags = FIELD_ZERO | FIELD_CAST,
	      .minimum = 0, .maximum = INT32_MAX),
};
static const struct shape update_shape =
	SHAPE(deploy_update, "update_config", update_fields, EXTENSIONS(deploy_update));

static const struct field preference_fields[] = {
	FIELD(placement_preference, spread, "spread", KIND_STRING),
};
static const struct shape preference_shape = SHAPE(
	placement_preference, "preference", preference_fields, EXTENSIONS(placement_preference));

static const struct field placement_fields[] = {
	FIELD(deploy_placement, constraints, "constraints", KIND_STRINGS),
	FIELD(deploy_placement, max_replicas_per_node, "max_replicas_per_node", KIND_INT,
	      .flags = FIELD_CAST, .minimum = 0, .maximum = INT32_MAX),
	FIELD(deploy_placement, preferences, "preferences", KIND_LIST, &preference_shape),
};
static const struct shape placement_shape =
	SHAPE(deploy_placement, "placement", placement_fields, EXTENSIONS(deploy_placement));

static const struct field deploy_fields[] = {
	FIELD(service_deploy, endpoint_mode, "endpoint_mode", KIND_STRING, WORDS("vip", "dnsrr"),
	      .support = SUPPORT_NOTHING_TO_DO, .note = "names always resolve to all replicas"),
	FIELD(service_deploy, labels, "labels", KIND_PAIRS, .flags = FIELD_OR_LIST,
	      .support = SUPPORT_NOTHING_TO_DO,
	      .note = "labels of the service, not of its containers"),
	FIELD(service_deploy, mode, "mode", KIND_STRING,
	      WORDS("replicated", "global", "replicated-job", "global-job")),
	FIELD(service_deploy, placement, "placement", KIND_OBJECT, &placement_shape,
	      FIELD_JSON_EMPTY, NOT_ON_ONE_HOST),
	FIELD(service_deploy, replicas, "replicas", KIND_INT,
	      .flags = FIELD_ZERO | FIELD_CAST | FIELD_SHAPELESS, .minimum = 0, .maximum = 100000),
	FIELD(service_deploy, resources, "resources", KIND_OBJECT, &resources_shape,
	      FIELD_JSON_EMPTY),
	FIELD(service_deploy, restart_policy, "restart_policy", KIND_OBJECT, &restart_policy_shape),
	FIELD(service_deploy, rollback_config, "rollback_config", KIND_OBJECT, &update_shape,
	      ROLLING),
	FIELD(service_deploy, update_config, "update_config", KIND_OBJECT, &update_shape, ROLLING),
};
const struct shape schema_deploy =
	SHAPE(service_deploy, "deploy", deploy_fields, EXTENSIONS(service_deploy));
