/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/container_json.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/process.h"
#include "base/record.h"
#include "base/strbuf.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct field pair_fields[] = {
	FIELD(struct pair, FIELD_STRING, name, "name"),
	FIELD(struct pair, FIELD_STRING, value, "value"),
	{0},
};

static const struct field mount_fields[] = {
	FIELD_ENUM(struct container_mount, type, "type", container_mount_types),
	FIELD(struct container_mount, FIELD_STRING, source, "source"),
	FIELD(struct container_mount, FIELD_STRING, target, "target"),
	FIELD(struct container_mount, FIELD_BOOL, read_only, "read_only"),
	FIELD(struct container_mount, FIELD_BOOL, create_host_path, "create_host_path"),
	FIELD(struct container_mount, FIELD_STRING, propagation, "propagation"),
	FIELD(struct container_mount, FIELD_BOOL, is_recursive_off, "recursive_off"),
	FIELD(struct container_mount, FIELD_BOOL, is_writable_below, "writable_below"),
	FIELD(struct container_mount, FIELD_BOOL, no_copy, "nocopy"),
	FIELD(struct container_mount, FIELD_STRING, subpath, "subpath"),
	FIELD(struct container_mount, FIELD_STRINGS, layers, "layers"),
	FIELD(struct container_mount, FIELD_INT64, tmpfs_size, "tmpfs_size"),
	FIELD(struct container_mount, FIELD_INT, tmpfs_mode, "tmpfs_mode"),
	FIELD(struct container_mount, FIELD_STRING, tmpfs_options, "tmpfs_options"),
	{0},
};

/* No row for the content: it is never written to a disk. */
static const struct field file_fields[] = {
	FIELD_ENUM(struct container_file, kind, "kind", container_file_kinds),
	FIELD(struct container_file, FIELD_STRING, source, "source"),
	FIELD(struct container_file, FIELD_STRING, target, "target"),
	FIELD(struct container_file, FIELD_STRING, uid, "uid"),
	FIELD(struct container_file, FIELD_STRING, gid, "gid"),
	FIELD(struct container_file, FIELD_INT, mode, "mode"),
	FIELD(struct container_file, FIELD_STRING, external, "external"),
	FIELD(struct container_file, FIELD_STRING, digest, "digest"),
	{0},
};

static const struct field restart_fields[] = {
	FIELD_ENUM(struct container_restart_policy, condition, "condition", container_restarts),
	FIELD(struct container_restart_policy, FIELD_INT, max_attempts, "max_attempts"),
	FIELD(struct container_restart_policy, FIELD_INT64, delay_ns, "delay_ns"),
	FIELD(struct container_restart_policy, FIELD_INT64, window_ns, "window_ns"),
	{0},
};

static const struct field health_fields[] = {
	FIELD(struct image_healthcheck, FIELD_STRINGS, test, "test"),
	FIELD(struct image_healthcheck, FIELD_INT64, interval_ns, "interval_ns"),
	FIELD(struct image_healthcheck, FIELD_INT64, timeout_ns, "timeout_ns"),
	FIELD(struct image_healthcheck, FIELD_INT64, start_period_ns, "start_period_ns"),
	FIELD(struct image_healthcheck, FIELD_INT64, start_interval_ns, "start_interval_ns"),
	FIELD(struct image_healthcheck, FIELD_INT, retries, "retries"),
	{0},
};

static const struct field endpoint_request_fields[] = {
	FIELD(struct endpoint_request, FIELD_STRING, network, "network"),
	FIELD(struct endpoint_request, FIELD_STRING, ipv4, "ipv4"),
	FIELD(struct endpoint_request, FIELD_STRING, ipv6, "ipv6"),
	FIELD(struct endpoint_request, FIELD_STRING, mac, "mac"),
	FIELD(struct endpoint_request, FIELD_STRING, interface_name, "interface_name"),
	FIELD(struct endpoint_request, FIELD_STRINGS, aliases, "aliases"),
	FIELD(struct endpoint_request, FIELD_STRINGS, links, "links"),
	FIELD(struct endpoint_request, FIELD_STRINGS, link_local, "link_local"),
	FIELD(struct endpoint_request, FIELD_INT, gw_priority, "gw_priority"),
	FIELD_LIST(struct endpoint_request, options, option_count, "options", pair_fields),
	{0},
};

static const struct field port_request_fields[] = {
	FIELD(struct port_request, FIELD_STRING, protocol, "protocol"),
	FIELD(struct port_request, FIELD_STRING, host_ip, "host_ip"),
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
	FIELD(struct spec_resources, FIELD_INT, io_weight, "io_weight"),
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
	FIELD(struct spec_rlimit, FIELD_INT, resource, "resource"),
	FIELD(struct spec_rlimit, FIELD_INT64, limit.rlim_cur, "soft"),
	FIELD(struct spec_rlimit, FIELD_INT64, limit.rlim_max, "hard"),
	{0},
};

#define CONFIG(kind, member) FIELD(struct container_config, kind, member, #member)
#define CONFIG_LIST(member, count, table)                                                          \
	FIELD_LIST(struct container_config, member, count, #member, table)

static const struct field config_fields[] = {
	CONFIG(FIELD_STRING, image),
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
	CONFIG_LIST(sysctls, sysctl_count, pair_fields),
	CONFIG(FIELD_STRINGS, devices_requested),
	CONFIG(FIELD_STRINGS, device_rules),
	CONFIG(FIELD_INT64, shm_size),
	CONFIG(FIELD_BOOL, has_oom_score_adj),
	CONFIG(FIELD_INT, oom_score_adj),
	CONFIG(FIELD_STRING, log_driver),
	CONFIG_LIST(log_options, log_option_count, pair_fields),
	CONFIG_LIST(labels, label_count, pair_fields),
	CONFIG_LIST(annotations, annotation_count, pair_fields),
	{0},
};

static const struct field container_fields[] = {
	FIELD(struct container, FIELD_STRING, id, "id"),
	FIELD(struct container, FIELD_STRING, name, "name"),
	FIELD(struct container, FIELD_STRING, created, "created"),
	FIELD(struct container, FIELD_STRING, image_id, "image_id"),
	FIELD_LIST(struct container, mounts, mount_count, "mounts", mount_fields),
	FIELD(struct container, FIELD_STRINGS, args, "args"),
	FIELD(struct container, FIELD_STRINGS, env, "env"),
	FIELD(struct container, FIELD_STRING, user, "user"),
	FIELD(struct container, FIELD_STRING, working_dir, "working_dir"),
	FIELD(struct container, FIELD_STRING, stop_signal, "stop_signal"),
	FIELD_INSIDE(struct container, healthcheck, "healthcheck", health_fields),
	FIELD(struct container, FIELD_STRINGS, expose, "expose"),
	FIELD(struct container, FIELD_STRINGS, chain_ids, "layers"),
	FIELD_INSIDE(struct container, config, "config", config_fields),
	{0},
};

static const struct field probe_fields[] = {
	FIELD(struct container_probe, FIELD_STRING, start, "start"),
	FIELD(struct container_probe, FIELD_STRING, end, "end"),
	FIELD(struct container_probe, FIELD_BYTES, output, "output"),
	FIELD(struct container_probe, FIELD_INT, exit_code, "exit_code"),
	{0},
};

static const struct field endpoint_fields[] = {
	FIELD(struct endpoint, FIELD_STRING, network, "network"),
	FIELD(struct endpoint, FIELD_STRING, network_id, "network_id"),
	FIELD(struct endpoint, FIELD_STRING, interface_name, "interface_name"),
	FIELD(struct endpoint, FIELD_STRING, mac, "mac"),
	FIELD(struct endpoint, FIELD_STRING, ipv4, "ipv4"),
	FIELD(struct endpoint, FIELD_STRING, gateway4, "gateway4"),
	FIELD(struct endpoint, FIELD_INT, prefix4, "prefix4"),
	FIELD(struct endpoint, FIELD_STRING, ipv6, "ipv6"),
	FIELD(struct endpoint, FIELD_STRING, gateway6, "gateway6"),
	FIELD(struct endpoint, FIELD_INT, prefix6, "prefix6"),
	FIELD(struct endpoint, FIELD_BOOL, internal, "internal"),
	FIELD(struct endpoint, FIELD_BOOL, is_direct, "is_direct"),
	FIELD(struct endpoint, FIELD_BOOL, is_gateway4, "is_gateway4"),
	FIELD(struct endpoint, FIELD_BOOL, is_gateway6, "is_gateway6"),
	FIELD(struct endpoint, FIELD_STRINGS, names, "names"),
	{0},
};

static const struct field binding_fields[] = {
	FIELD(struct port_binding, FIELD_STRING, protocol, "protocol"),
	FIELD(struct port_binding, FIELD_STRING, host_ip, "host_ip"),
	FIELD(struct port_binding, FIELD_U16, host_port, "host_port"),
	FIELD(struct port_binding, FIELD_U16, container_port, "container_port"),
	{0},
};

#define STATE(kind, member) FIELD(struct container_state, kind, member, #member)

static const struct field state_fields[] = {
	FIELD_ENUM(struct container_state, status, "status", container_statuses),
	STATE(FIELD_INT, pid),
	STATE(FIELD_INT64, start_time),
	STATE(FIELD_INT, monitor_pid),
	STATE(FIELD_INT, exit_code),
	STATE(FIELD_BOOL, oom_killed),
	STATE(FIELD_BOOL, stopped_by_user),
	STATE(FIELD_BOOL, is_stopping),
	STATE(FIELD_STRING, error),
	STATE(FIELD_STRING, started_at),
	STATE(FIELD_STRING, finished_at),
	STATE(FIELD_INT, restart_count),
	FIELD_ENUM(struct container_state, health, "health", container_healths),
	STATE(FIELD_INT, failing_streak),
	FIELD_LIST(struct container_state, probes, probe_count, "probes", probe_fields),
	FIELD_LIST(struct container_state, endpoints, endpoint_count, "endpoints", endpoint_fields),
	FIELD_LIST(struct container_state, ports, port_count, "ports", binding_fields),
	STATE(FIELD_STRING, name),
	FIELD_LIST(struct container_state, labels, label_count, "labels", pair_fields),
	{0},
};

#define LARGEST_FILE ((size_t)16 << 20)

static int save(int dirfd, const char *path, const struct field *fields, const void *record,
		struct error *err)
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
	return save(engine->layout.containers_fd, path, container_fields, container, err);
}

int container_json_load(struct engine *engine, const char *id, struct container *container,
			struct arena *arena, struct error *err)
{
	char path[100];
	auto_json json *object = NULL;

	snprintf(path, sizeof(path), "%.64s/container.json", id);
	object = json_load(engine->layout.containers_fd, path, err);
	if (!object)
		return -1;
	*container = (struct container){0};
	if (record_from_json(container_fields, container, object, arena, err) < 0)
		return error_wrap(err, "'%s' is damaged", path);
	while (container->chain_ids && container->chain_ids[container->layer_count])
		container->layer_count++;
	if (!container->id || !container->name || !container->args || !container->chain_ids)
		return error_set(err, ERROR_INVALID, "'%s' is damaged", path);
	/* All that is done to a container is done to the one that it says it is. */
	if (strcmp(container->id, id) != 0)
		return error_set(err, ERROR_INVALID, "'%s' is damaged: it says it is of %.12s",
				 path, container->id);
	return 0;
}

int container_state_save(struct engine *engine, const char *id, const struct container_state *state,
			 bool also_root, struct error *err)
{
	char path[100];
	int result;

	snprintf(path, sizeof(path), "%.64s/state.json", id);
	/* A full disk must not hide from this boot's commands what is so, nor the other way round.
	 */
	result = save(engine->layout.run_containers_fd, path, state_fields, state, err);
	if (!also_root)
		return result;
	if (save(engine->layout.containers_fd, path, state_fields, state, result < 0 ? NULL : err) <
	    0)
		return -1;
	/* Whoever ends may not be there to try again: then what is in ROOT is what counts. */
	if (result < 0 && state->status == CONTAINER_EXITED)
		unlinkat(engine->layout.run_containers_fd, path, 0);
	return result;
}

static bool load_state(int dirfd, const char *id, struct container_state *state,
		       struct arena *arena)
{
	auto_strbuf struct strbuf text = {0};
	auto_json json *object = NULL;
	char path[100];

	snprintf(path, sizeof(path), "%.64s/state.json", id);
	if (file_read(dirfd, path, LARGEST_FILE, &text, NULL) < 0)
		return false;
	object = json_parse(strbuf_text(&text), text.length, path, NULL);
	if (object && record_from_json(state_fields, state, object, arena, NULL) == 0)
		return true;
	*state = (struct container_state){0};
	return false;
}

bool container_state_load(struct engine *engine, const char *id, struct container_state *state,
			  struct arena *arena)
{
	struct process_id process;

	*state = (struct container_state){0};
	if (load_state(engine->layout.run_containers_fd, id, state, arena))
		return true;
	if (!load_state(engine->layout.containers_fd, id, state, arena))
		return false;
	if (state->status == CONTAINER_EXITED || state->status == CONTAINER_CREATED)
		return false;
	process = (struct process_id){state->pid, state->start_time};
	if (state->pid > 0 && process_is_alive(&process)) /* only the file has gone */
		return false;
	state->status = CONTAINER_EXITED;
	state->exit_code = 255;
	state->error = "it was running when the host went down";
	state->pid = 0;
	state->health = HEALTH_NONE;
	state->endpoint_count = state->port_count = 0;
	return false;
}

void container_state_copy(struct container_state *to, const struct container_state *from,
			  struct arena *arena)
{
	auto_json json *object = record_to_json(state_fields, from);

	*to = (struct container_state){0};
	record_from_json(state_fields, to, object, arena, NULL);
}
