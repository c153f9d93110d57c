/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/container_json.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/path.h"
#include "base/strbuf.h"
#include "base/units.h"
#include "engine/container_json_private.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <limits.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

/* ---- forms of texts ---- */

static bool is_absolute(const char *text)
{
	return *text == '/';
}

static bool is_assignment(const char *text)
{
	return strchr(text, '=') && *text != '=';
}

bool container_json_is_address(const char *text)
{
	unsigned char address[16];

	return inet_pton(AF_INET, text, address) == 1 || inet_pton(AF_INET6, text, address) == 1;
}

bool container_json_is_interface(const char *text)
{
	return *text && strlen(text) < IFNAMSIZ && !strpbrk(text, "/ \t\n");
}

/* Nothing and an empty text are all addresses. */
static bool is_host_address(const char *text)
{
	return !*text || container_json_is_address(text);
}

bool container_json_is_mac(const char *text)
{
	for (int i = 0; i < 17; i++)
		if (i % 3 == 2 ? text[i] != ':' : !isxdigit((unsigned char)text[i]))
			return false;
	return !text[17];
}

bool container_json_is_protocol(const char *text)
{
	return strcmp(text, "tcp") == 0 || strcmp(text, "udp") == 0 || strcmp(text, "sctp") == 0;
}

/* ---- container.json ---- */

const struct field container_json_pair_fields[] = {
	FIELD_NEEDED(struct pair, FIELD_STRING, name, "name"),
	FIELD(struct pair, FIELD_STRING, value, "value"),
	{0},
};

static const struct field mount_fields[] = {
	FIELD_ENUM(struct container_mount, type, "type", container_mount_types),
	FIELD(struct container_mount, FIELD_STRING, source, "source"),
	FIELD_FORM_NEEDED(struct container_mount, FIELD_STRING, target, "target", is_absolute),
	FIELD(struct container_mount, FIELD_BOOL, read_only, "read_only"),
	FIELD(struct container_mount, FIELD_BOOL, create_host_path, "create_host_path"),
	FIELD(struct container_mount, FIELD_STRING, propagation, "propagation"),
	FIELD(struct container_mount, FIELD_BOOL, is_recursive_off, "recursive_off"),
	FIELD(struct container_mount, FIELD_BOOL, is_writable_below, "writable_below"),
	FIELD(struct container_mount, FIELD_BOOL, no_copy, "nocopy"),
	FIELD(struct container_mount, FIELD_STRING, subpath, "subpath"),
	FIELD_FORM(struct container_mount, FIELD_STRINGS, layers, "layers", container_is_id),
	FIELD_RANGE(struct container_mount, FIELD_INT64, tmpfs_size, "tmpfs_size", 0, INT64_MAX),
	FIELD_RANGE(struct container_mount, FIELD_INT, tmpfs_mode, "tmpfs_mode", 0, 07777),
	FIELD(struct container_mount, FIELD_STRING, tmpfs_options, "tmpfs_options"),
	{0},
};

/* No row for the content: it is never written to a disk. */
static const struct field file_fields[] = {
	FIELD_ENUM(struct container_file, kind, "kind", container_file_kinds),
	FIELD_NEEDED(struct container_file, FIELD_STRING, source, "source"),
	FIELD_FORM_NEEDED(struct container_file, FIELD_STRING, target, "target", is_absolute),
	FIELD(struct container_file, FIELD_STRING, uid, "uid"),
	FIELD(struct container_file, FIELD_STRING, gid, "gid"),
	FIELD_RANGE(struct container_file, FIELD_INT, mode, "mode", -1, 07777),
	FIELD(struct container_file, FIELD_STRING, external, "external"),
	FIELD(struct container_file, FIELD_STRING, digest, "digest"),
	{0},
};

static const struct field restart_fields[] = {
	FIELD_ENUM(struct container_restart_policy, condition, "condition", container_restarts),
	FIELD_RANGE(struct container_restart_policy, FIELD_INT, max_attempts, "max_attempts", 0,
		    INT_MAX),
	FIELD(struct container_restart_policy, FIELD_INT64, delay_ns, "delay_ns"),
	FIELD(struct container_restart_policy, FIELD_INT64, window_ns, "window_ns"),
	{0},
};

static const struct field health_fields[] = {
	FIELD(struct image_healthcheck, FIELD_STRINGS, test, "test"),
	FIELD_RANGE(struct image_healthcheck, FIELD_INT64, interval_ns, "interval_ns", 0,
		    INT64_MAX),
	FIELD_RANGE(struct image_healthcheck, FIELD_INT64, timeout_ns, "timeout_ns", 0, INT64_MAX),
	FIELD_RANGE(struct image_healthcheck, FIELD_INT64, start_period_ns, "start_period_ns", 0,
		    INT64_MAX),
	FIELD_RANGE(struct image_healthcheck, FIELD_INT64, start_interval_ns, "start_interval_ns",
		    0, INT64_MAX),
	FIELD_RANGE(struct image_healthcheck, FIELD_INT, retries, "retries", 0, INT_MAX),
	{0},
};

static const struct field endpoint_request_fields[] = {
	FIELD_NEEDED(struct endpoint_request, FIELD_STRING, network, "network"),
	FIELD_FORM(struct endpoint_request, FIELD_STRING, ipv4, "ipv4", container_json_is_address),
	FIELD_FORM(struct endpoint_request, FIELD_STRING, ipv6, "ipv6", container_json_is_address),
	FIELD_FORM(struct endpoint_request, FIELD_STRING, mac, "mac", container_json_is_mac),
	FIELD_FORM(struct endpoint_request, FIELD_STRING, interface_name, "interface_name",
		   container_json_is_interface),
	FIELD(struct endpoint_request, FIELD_STRINGS, aliases, "aliases"),
	FIELD(struct endpoint_request, FIELD_STRINGS, links, "links"),
	FIELD(struct endpoint_request, FIELD_STRINGS, link_local, "link_local"),
	FIELD(struct endpoint_request, FIELD_INT, gw_priority, "gw_priority"),
	FIELD_LIST(struct endpoint_request, options, option_count, "options",
		   container_json_pair_fields),
	{0},
};

static const struct field port_request_fields[] = {
	FIELD_FORM_NEEDED(struct port_request, FIELD_STRING, protocol, "protocol",
			  container_json_is_protocol),
	FIELD_FORM(struct port_request, FIELD_STRING, host_ip, "host_ip", is_host_address),
	FIELD(struct port_request, FIELD_U16, host_port, "host_port"),
	FIELD(struct port_request, FIELD_U16, host_port_last, "host_port_last"),
	FIELD(struct port_request, FIELD_U16, container_port, "container_port"),
	{0},
};

static const struct field throttle_fields[] = {
	FIELD(struct spec_throttle, FIELD_INT, major, "major"),
	FIELD(struct spec_throttle, FIELD_INT, minor, "minor"),
	FIELD(struct spec_throttle, FIELD_INT64, rate, "rate"),
	{0},
};

/* Device rules are not here: they are made from device_rules and devices_requested at start. */
static const struct field resource_fields[] = {
	FIELD(struct spec_resources, FIELD_INT64, memory_limit, "memory_limit"),
	FIELD(struct spec_resources, FIELD_INT64, memory_swap, "memory_swap"),
	FIELD(struct spec_resources, FIELD_INT64, memory_reservation, "memory_reservation"),
	FIELD(struct spec_resources, FIELD_INT64, cpu_shares, "cpu_shares"),
	FIELD(struct spec_resources, FIELD_INT64, cpu_quota_us, "cpu_quota_us"),
	FIELD(struct spec_resources, FIELD_INT64, cpu_period_us, "cpu_period_us"),
	FIELD(struct spec_resources, FIELD_STRING, cpuset_cpus, "cpuset_cpus"),
	FIELD(struct spec_resources, FIELD_STRING, cpuset_mems, "cpuset_mems"),
	FIELD(struct spec_resources, FIELD_INT64, pids_limit, "pids_limit"),
	FIELD_RANGE(struct spec_resources, FIELD_INT, io_weight, "io_weight", 0, 1000),
	FIELD_LIST(struct spec_resources, io_weights, io_weight_count, "io_weights",
		   throttle_fields),
	FIELD_LIST(struct spec_resources, read_bps, read_bps_count, "read_bps", throttle_fields),
	FIELD_LIST(struct spec_resources, write_bps, write_bps_count, "write_bps", throttle_fields),
	FIELD_LIST(struct spec_resources, read_iops, read_iops_count, "read_iops", throttle_fields),
	FIELD_LIST(struct spec_resources, write_iops, write_iops_count, "write_iops",
		   throttle_fields),
	{0},
};

static const struct field ulimit_fields[] = {
	FIELD_RANGE(struct spec_rlimit, FIELD_INT, resource, "resource", 0, RLIM_NLIMITS - 1),
	FIELD(struct spec_rlimit, FIELD_INT64, limit.rlim_cur, "soft"),
	FIELD(struct spec_rlimit, FIELD_INT64, limit.rlim_max, "hard"),
	{0},
};

#define CONFIG(kind, member) FIELD(struct container_config, kind, member, #member)
#define CONFIG_LIST(member, count, table)                                                          \
	FIELD_LIST(struct container_config, member, count, #member, table)

static const struct field config_fields[] = {
	FIELD_NEEDED(struct container_config, FIELD_STRING, image, "image"),
	CONFIG(FIELD_STRING, platform),
	CONFIG(FIELD_STRINGS, entrypoint),
	CONFIG(FIELD_STRINGS, cmd),
	CONFIG(FIELD_STRINGS, env),
	CONFIG(FIELD_STRING, working_dir),
	CONFIG(FIELD_STRING, user),
	CONFIG(FIELD_STRING, hostname),
	CONFIG(FIELD_STRING, domainname),
	CONFIG(FIELD_STRINGS, group_add),
	CONFIG(FIELD_BOOL, tty),
	CONFIG(FIELD_BOOL, stdin_open),
	CONFIG(FIELD_BOOL, use_init),
	CONFIG(FIELD_BOOL, read_only),
	CONFIG(FIELD_BOOL, privileged),
	CONFIG(FIELD_BOOL, auto_remove),
	CONFIG(FIELD_STRINGS, cap_add),
	CONFIG(FIELD_STRINGS, cap_drop),
	CONFIG(FIELD_BOOL, no_new_privileges),
	CONFIG(FIELD_BOOL, systempaths_unconfined),
	CONFIG(FIELD_STRING, seccomp),
	CONFIG(FIELD_STRING, apparmor),
	CONFIG(FIELD_STRING, stop_signal),
	CONFIG(FIELD_INT64, stop_timeout_ns),
	FIELD_INSIDE(struct container_config, restart, "restart", restart_fields),
	FIELD_INSIDE(struct container_config, healthcheck, "healthcheck", health_fields),
	CONFIG(FIELD_STRING, network_mode),
	CONFIG_LIST(endpoints, endpoint_count, endpoint_request_fields),
	CONFIG_LIST(ports, port_count, port_request_fields),
	CONFIG(FIELD_STRING, port_share),
	CONFIG(FIELD_STRINGS, expose),
	CONFIG(FIELD_STRINGS, dns),
	CONFIG(FIELD_STRINGS, dns_search),
	CONFIG(FIELD_STRINGS, dns_options),
	CONFIG(FIELD_STRINGS, extra_hosts),
	CONFIG(FIELD_BOOL, publish_all),
	CONFIG(FIELD_STRINGS, links),
	CONFIG(FIELD_STRING, pid_mode),
	CONFIG(FIELD_STRING, ipc_mode),
	CONFIG(FIELD_STRING, uts_mode),
	CONFIG(FIELD_STRING, cgroup_mode),
	CONFIG(FIELD_STRING, cgroup_parent),
	CONFIG_LIST(mounts, mount_count, mount_fields),
	CONFIG_LIST(files, file_count, file_fields),
	CONFIG(FIELD_STRINGS, volumes_from),
	FIELD_INSIDE(struct container_config, resources, "resources", resource_fields),
	CONFIG_LIST(ulimits, ulimit_count, ulimit_fields),
	CONFIG_LIST(sysctls, sysctl_count, container_json_pair_fields),
	CONFIG(FIELD_STRINGS, devices_requested),
	CONFIG(FIELD_STRINGS, device_rules),
	FIELD_RANGE(struct container_config, FIELD_INT64, shm_size, "shm_size", 0, INT64_MAX),
	CONFIG(FIELD_BOOL, has_oom_score_adj),
	FIELD_RANGE(struct container_config, FIELD_INT, oom_score_adj, "oom_score_adj", -1000,
		    1000),
	CONFIG(FIELD_STRING, log_driver),
	CONFIG_LIST(log_options, log_option_count, container_json_pair_fields),
	CONFIG_LIST(labels, label_count, container_json_pair_fields),
	CONFIG_LIST(annotations, annotation_count, container_json_pair_fields),
	{0},
};

static const struct field container_fields[] = {
	FIELD_FORM_NEEDED(struct container, FIELD_STRING, id, "id", container_is_id),
	FIELD_FORM_NEEDED(struct container, FIELD_STRING, name, "name", path_is_name),
	FIELD_FORM_NEEDED(struct container, FIELD_STRING, created, "created", units_is_time),
	FIELD_NEEDED(struct container, FIELD_STRING, image_id, "image_id"),
	FIELD_LIST(struct container, mounts, mount_count, "mounts", mount_fields),
	FIELD_NEEDED(struct container, FIELD_STRINGS, args, "args"),
	FIELD_FORM(struct container, FIELD_STRINGS, env, "env", is_assignment),
	FIELD(struct container, FIELD_STRING, user, "user"),
	FIELD(struct container, FIELD_STRING, working_dir, "working_dir"),
	FIELD(struct container, FIELD_STRING, stop_signal, "stop_signal"),
	FIELD_INSIDE(struct container, healthcheck, "healthcheck", health_fields),
	FIELD(struct container, FIELD_STRINGS, expose, "expose"),
	FIELD_FORM_NEEDED(struct container, FIELD_STRINGS, chain_ids, "layers", container_is_id),
	FIELD_INSIDE(struct container, config, "config", config_fields),
	{0},
};

int container_json_save_record(int dirfd, const char *path, const struct field *fields,
			       const void *record, struct error *err)
{
	auto_strbuf struct strbuf text = {0};
	auto_json json *object = record_to_json(fields, record);

	json_print_exact(&text, object);
	return file_replace_volatile(dirfd, path, text.text, text.length, 0600, err);
}

int container_json_save(struct engine *engine, const struct container *container, struct error *err)
{
	char path[100];

	snprintf(path, sizeof(path), "%s/container.json", container->id);
	return container_json_save_record(engine->layout.containers_fd, path, container_fields,
					  container, err);
}

/* Create has found or made what is mounted. */
static bool are_resolved(const struct container *container)
{
	for (size_t i = 0; i < container->mount_count; i++)
		if (container->mounts[i].type != CONTAINER_MOUNT_TMPFS &&
		    !container->mounts[i].source)
			return false;
	return true;
}

int container_json_load(struct engine *engine, const char *id, struct container *container,
			struct arena *arena, struct error *err)
{
	char path[100];

	snprintf(path, sizeof(path), "%.64s/container.json", id);
	*container = (struct container){0};
	if (record_load(container_fields, container, engine->layout.containers_fd, path, arena,
			err) < 0)
		return -1;
	while (container->chain_ids && container->chain_ids[container->layer_count])
		container->layer_count++;
	if (!are_resolved(container))
		return error_set(err, ERROR_INVALID, "'%s' is damaged: a mount has no source",
				 path);
	/* All that is done to a container is done to the one that it says it is. */
	if (strcmp(container->id, id) != 0)
		return error_set(err, ERROR_INVALID, "'%s' is damaged: it says it is of %.12s",
				 path, container->id);
	return 0;
}

/* Enough to show it and to take it away. */
static const struct field identity_config_fields[] = {
	CONFIG(FIELD_STRING, cgroup_parent),
	CONFIG_LIST(labels, label_count, container_json_pair_fields),
	{0},
};

static const struct field identity_fields[] = {
	FIELD_FORM_NEEDED(struct container, FIELD_STRING, id, "id", container_is_id),
	FIELD_FORM_NEEDED(struct container, FIELD_STRING, name, "name", path_is_name),
	FIELD_INSIDE(struct container, config, "config", identity_config_fields),
	{0},
};

bool container_json_identify(struct engine *engine, const char *id, struct container *container,
			     struct arena *arena)
{
	char path[100];

	snprintf(path, sizeof(path), "%.64s/container.json", id);
	*container = (struct container){0};
	if (record_load(identity_fields, container, engine->layout.containers_fd, path, arena,
			NULL) == 0 &&
	    strcmp(container->id, id) == 0)
		return true;
	*container = (struct container){0};
	return false;
}
