/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A container as `inspect` shows it, shaped as Docker's.
 */
#include "describe/describe_private.h"
#include "describe/objects.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/units.h"
#include "engine/container.h"
#include "engine/engine.h"
#include "storage/image/image.h"

#include <stdio.h>
#include <string.h>

#define NEVER "0001-01-01T00:00:00Z"

static json *strings_or_null(char *const *items)
{
	return items ? json_from_strings(items) : NULL;
}

static json *health(const struct container_state *state)
{
	json *value = json_new_object();
	json *log = json_new_array();

	json_set_string(value, "Status", container_healths[state->health]);
	json_set_int(value, "FailingStreak", state->failing_streak);
	for (size_t i = 0; i < state->probe_count; i++) {
		json *item = json_new_object();

		json_set_string(item, "Start", state->probes[i].start);
		json_set_string(item, "End", state->probes[i].end);
		json_set_int(item, "ExitCode", state->probes[i].exit_code);
		json_set_bytes(item, "Output", state->probes[i].output.bytes,
			       state->probes[i].output.length);
		json_add(log, item);
	}
	json_set(value, "Log", log);
	return value;
}

static json *describe_state(const struct container_state *state)
{
	json *value = json_new_object();
	bool paused = state->status == CONTAINER_PAUSED;

	json_set_string(value, "Status", container_statuses[state->status]);
	json_set_bool(value, "Running", state->status == CONTAINER_RUNNING || paused);
	json_set_bool(value, "Paused", paused);
	json_set_bool(value, "Restarting", state->status == CONTAINER_RESTARTING);
	json_set_bool(value, "OOMKilled", state->oom_killed);
	json_set_bool(value, "Dead", state->status == CONTAINER_DEAD);
	json_set_int(value, "Pid", state->pid);
	json_set_int(value, "ExitCode", state->exit_code);
	json_set_string(value, "Error", describe_text_or(state->error, ""));
	json_set_string(value, "StartedAt", describe_text_or(state->started_at, NEVER));
	json_set_string(value, "FinishedAt", describe_text_or(state->finished_at, NEVER));
	if (state->health != HEALTH_NONE)
		json_set(value, "Health", health(state));
	return value;
}

static json *describe_healthcheck(const struct image_healthcheck *check)
{
	json *value = json_new_object();

	json_set(value, "Test", json_from_strings(check->test));
	if (check->interval_ns)
		json_set_int(value, "Interval", check->interval_ns);
	if (check->timeout_ns)
		json_set_int(value, "Timeout", check->timeout_ns);
	if (check->start_period_ns)
		json_set_int(value, "StartPeriod", check->start_period_ns);
	if (check->start_interval_ns)
		json_set_int(value, "StartInterval", check->start_interval_ns);
	if (check->retries)
		json_set_int(value, "Retries", check->retries);
	return value;
}

static json *describe_exposed(const struct container *container)
{
	json *value = json_new_object();

	for (char **port = container->expose; port && *port; port++)
		json_set(value, *port, json_new_object());
	for (size_t i = 0; i < container->config.port_count; i++) {
		const struct port_request *port = &container->config.ports[i];
		auto_free char *name = alloc_format("%u/%s", port->container_port,
						    describe_text_or(port->protocol, "tcp"));

		json_set(value, name, json_new_object());
	}
	return value;
}

static json *describe_config(const struct container *container)
{
	const struct container_config *config = &container->config;
	json *value = json_new_object();
	char short_id[13];

	describe_short_id(short_id, container->id);
	json_set_string(value, "Hostname", describe_text_or(config->hostname, short_id));
	json_set_string(value, "Domainname", describe_text_or(config->domainname, ""));
	json_set_string(value, "User", describe_text_or(container->user, ""));
	json_set_bool(value, "Tty", config->tty);
	json_set_bool(value, "OpenStdin", config->stdin_open);
	json_set(value, "Env", json_from_strings(container->env));
	json_set(value, "Cmd", strings_or_null(config->cmd));
	json_set(value, "Entrypoint", strings_or_null(config->entrypoint));
	json_set_string(value, "Image", describe_text_or(config->image, ""));
	json_set_string(value, "WorkingDir", describe_text_or(container->working_dir, ""));
	json_set(value, "ExposedPorts", describe_exposed(container));
	json_set(value, "Labels", pair_to_json(config->labels, config->label_count));
	if (container->stop_signal)
		json_set_string(value, "StopSignal", container->stop_signal);
	if (config->stop_timeout_ns >= 0)
		json_set_int(value, "StopTimeout", config->stop_timeout_ns / SECOND);
	if (container->healthcheck.test)
		json_set(value, "Healthcheck", describe_healthcheck(&container->healthcheck));
	return value;
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

/* "80/tcp": [{"HostIp", "HostPort"}, …] from bindings that are, or ports that were asked for. */
static void add_port(json *value, unsigned container_port, const char *protocol, json *binding)
{
	auto_free char *name =
		alloc_format("%u/%s", container_port, describe_text_or(protocol, "tcp"));
	json *list = json_get(value, name);

	if (!list) {
		list = json_new_array();
		json_set(value, name, list);
	}
	json_add(list, binding);
}

static json *port_binding(const char *host_ip, unsigned host_port)
{
	json *value = json_new_object();
	char number[8] = "";

	if (host_port)
		snprintf(number, sizeof(number), "%u", host_port);
	json_set_string(value, "HostIp", describe_text_or(host_ip, ""));
	json_set_string(value, "HostPort", number);
	return value;
}

static json *requested_ports(const struct container_config *config)
{
	json *value = json_new_object();

	for (size_t i = 0; i < config->port_count; i++)
		add_port(value, config->ports[i].container_port, config->ports[i].protocol,
			 port_binding(config->ports[i].host_ip, config->ports[i].host_port));
	return value;
}

static json *published_ports(const struct container *container)
{
	json *value = json_new_object();

	for (size_t i = 0; i < container->state.port_count; i++) {
		const struct port_binding *port = &container->state.ports[i];

		add_port(value, port->container_port, port->protocol,
			 port_binding(port->host_ip, port->host_port));
	}
	for (char **port = container->expose; port && *port; port++)
		if (!json_get(value, *port))
			json_set(value, *port, NULL);
	return value;
}

static void set_isolation(json *value, const struct container_config *config)
{
	json *security = json_new_array();

	if (config->no_new_privileges)
		json_add_string(security, "no-new-privileges:true");
	if (config->systempaths_unconfined)
		json_add_string(security, "systempaths=unconfined");
	if (!config->seccomp)
		json_add_string(security, "seccomp=unconfined");
	json_set_bool(value, "Privileged", config->privileged);
	json_set_bool(value, "ReadonlyRootfs", config->read_only);
	json_set(value, "CapAdd", strings_or_null(config->cap_add));
	json_set(value, "CapDrop", strings_or_null(config->cap_drop));
	json_set(value, "GroupAdd", strings_or_null(config->group_add));
	json_set(value, "SecurityOpt", security);
	json_set_string(value, "PidMode", describe_text_or(config->pid_mode, ""));
	json_set_string(value, "IpcMode", describe_text_or(config->ipc_mode, "private"));
	json_set_string(value, "UTSMode", describe_text_or(config->uts_mode, ""));
	json_set_string(value, "CgroupnsMode", describe_text_or(config->cgroup_mode, "private"));
	json_set(value, "Annotations", pair_to_json(config->annotations, config->annotation_count));
	json_set(value, "Sysctls", pair_to_json(config->sysctls, config->sysctl_count));
}

static json *describe_host_config(const struct container_config *config)
{
	const struct spec_resources *resources = &config->resources;
	json *value = json_new_object();

	json_set_string(value, "NetworkMode",
			config->network_mode	     ? config->network_mode
			: config->endpoint_count > 0 ? config->endpoints[0].network
						     : "none");
	json_set(value, "PortBindings", requested_ports(config));
	json_set(value, "RestartPolicy", describe_restart(&config->restart));
	json_set_bool(value, "AutoRemove", config->auto_remove);
	json_set(value, "LogConfig", describe_log(config));
	set_isolation(value, config);
	json_set(value, "Dns", json_from_strings(config->dns));
	json_set(value, "DnsOptions", json_from_strings(config->dns_options));
	json_set(value, "DnsSearch", json_from_strings(config->dns_search));
	json_set(value, "ExtraHosts", strings_or_null(config->extra_hosts));
	json_set_bool(value, "Init", config->use_init);
	json_set_int(value, "ShmSize", config->shm_size ? config->shm_size : 64 << 20);
	json_set_int(value, "Memory", resources->memory_limit);
	json_set_int(value, "MemorySwap", resources->memory_swap);
	json_set_int(value, "MemoryReservation", resources->memory_reservation);
	json_set_int(value, "CpuShares", (int64_t)resources->cpu_shares);
	json_set_int(value, "CpuQuota", resources->cpu_quota_us);
	json_set_int(value, "CpuPeriod", (int64_t)resources->cpu_period_us);
	json_set_string(value, "CpusetCpus", describe_text_or(resources->cpuset_cpus, ""));
	json_set_int(value, "PidsLimit", resources->pids_limit);
	json_set_int(value, "OomScoreAdj", config->oom_score_adj);
	return value;
}

/* The addresses that were asked for; nothing where none was. */
static json *describe_requested(const struct endpoint_request *request)
{
	json *value;

	if (!request || (!request->ipv4 && !request->ipv6 && !request->link_local))
		return NULL;
	value = json_new_object();
	if (request->ipv4)
		json_set_string(value, "IPv4Address", request->ipv4);
	if (request->ipv6)
		json_set_string(value, "IPv6Address", request->ipv6);
	if (request->link_local)
		json_set(value, "LinkLocalIPs", json_from_strings(request->link_local));
	return value;
}

static json *describe_endpoint(const struct endpoint *endpoint,
			       const struct endpoint_request *request)
{
	json *value = json_new_object();

	json_set(value, "IPAMConfig", describe_requested(request));
	json_set_string(value, "NetworkID", describe_text_or(endpoint->network_id, ""));
	json_set_string(value, "MacAddress", describe_text_or(endpoint->mac, ""));
	json_set_string(value, "IPAddress", describe_text_or(endpoint->ipv4, ""));
	json_set_int(value, "IPPrefixLen", endpoint->prefix4);
	json_set_string(value, "Gateway", describe_text_or(endpoint->gateway4, ""));
	json_set_string(value, "GlobalIPv6Address", describe_text_or(endpoint->ipv6, ""));
	json_set_int(value, "GlobalIPv6PrefixLen", endpoint->prefix6);
	json_set_string(value, "IPv6Gateway", describe_text_or(endpoint->gateway6, ""));
	json_set(value, "Aliases", strings_or_null(endpoint->names));
	json_set(value, "DNSNames", strings_or_null(endpoint->names));
	return value;
}

static const struct endpoint_request *find_request(const struct container *container,
						   const char *network)
{
	for (size_t i = 0; i < container->config.endpoint_count; i++)
		if (strcmp(container->config.endpoints[i].network, network) == 0)
			return &container->config.endpoints[i];
	return NULL;
}

static json *describe_networks(const struct container *container)
{
	json *value = json_new_object(), *networks = json_new_object();

	for (size_t i = 0; i < container->state.endpoint_count; i++) {
		const struct endpoint *endpoint = &container->state.endpoints[i];

		json_set(networks, endpoint->network,
			 describe_endpoint(endpoint, find_request(container, endpoint->network)));
	}
	/* Not running: what it will have. */
	for (size_t i = 0;
	     container->state.endpoint_count == 0 && i < container->config.endpoint_count; i++) {
		const struct endpoint_request *request = &container->config.endpoints[i];

		json_set(networks, request->network,
			 describe_endpoint(&(struct endpoint){0}, request));
	}
	json_set(value, "Ports", published_ports(container));
	json_set(value, "Networks", networks);
	return value;
}

/* Of which of the images of its name the container is; NULL: that has been removed. */
static json *describe_manifest(const struct container *container, const struct engine *engine)
{
	auto_arena struct arena arena = {0};
	struct image image;
	struct error reason = {0};
	json *value, *platform;

	if (!container->image_id ||
	    image_find(&engine->layout, container->image_id, &image, &arena, &reason) < 0)
		return NULL;
	value = json_new_object();
	platform = json_new_object();
	json_set_string(platform, "architecture", image.architecture);
	json_set_string(platform, "os", image.os);
	if (image.variant && *image.variant)
		json_set_string(platform, "variant", image.variant);
	json_set_string(value, "digest", image.digest);
	json_set(value, "platform", platform);
	return value;
}

json *describe_container(const struct container *container, const struct engine *engine)
{
	json *value = json_new_object();
	auto_free char *name = alloc_format("/%s", describe_text_or(container->name, ""));
	auto_free char *log_path = alloc_format("%s/containers/%s/%s-json.log", engine->layout.root,
						container->id, container->id);

	json_set_string(value, "Id", container->id);
	json_set_string(value, "Created", describe_text_or(container->created, NEVER));
	json_set_string(value, "Path",
			container->args && container->args[0] ? container->args[0] : "");
	json_set(value, "Args",
		 json_from_strings(container->args && container->args[0] ? container->args + 1
									 : NULL));
	json_set(value, "State", describe_state(&container->state));
	json_set_string(value, "Image", describe_text_or(container->image_id, ""));
	json_set_string(value, "LogPath", log_path);
	json_set_string(value, "Name", name);
	json_set_int(value, "RestartCount", container->state.restart_count);
	json_set_string(value, "Driver", "overlay2");
	json_set_string(value, "Platform", "linux");
	json_set(value, "HostConfig", describe_host_config(&container->config));
	json_set(value, "Mounts", describe_container_mounts(container, engine));
	json_set(value, "Config", describe_config(container));
	json_set(value, "NetworkSettings", describe_networks(container));
	json_set(value, "ImageManifestDescriptor", describe_manifest(container, engine));
	return value;
}
