/* SPDX-License-Identifier: Apache-2.0 */
/* What a container's process is, what it may, how much it may take, and its networks: lines of
 * [Container]. What has no key of its own is an argument of `podman run`. */
#include "compose/export/systemd_private.h"

#include "base/cleanup.h"
#include "base/strbuf.h"
#include "compose/export/unit_text.h"

#include <string.h>

#define WAY_TO(unit, ...) WAY(KEY("services"), KEY((unit)->service->name), __VA_ARGS__)

/* Members of a service that are one line each. */
enum line_kind { LINE_TEXT, LINE_EACH, LINE_FLAG, LINE_NUMBER, LINE_ARGUMENT, LINE_ARGUMENTS };

struct line {
	size_t offset;
	enum line_kind kind;
	const char *key; /* or the option of `podman run` */
};

#define LINE(member, kind, key)                                                                    \
	{                                                                                          \
		offsetof(struct service, member), kind, key                                        \
	}

/* A number, or a flag that is set, as an option. */
static void add_argument(const struct systemd_unit *unit, const char *option, const char *value)
{
	strbuf_printf(unit->text, "PodmanArgs=%s", option);
	if (value) {
		strbuf_add_char(unit->text, ' ');
		unit_text_word(unit->text, value);
	}
	strbuf_add_char(unit->text, '\n');
}

static void add_number(const struct systemd_unit *unit, const char *option, int64_t number)
{
	add_argument(unit, option, arena_format(unit->work->arena, "%lld", (long long)number));
}

/* Of a member that is one; others are not aligned as one. */
static const char *text_at(const char *member)
{
	return *(const char *const *)member;
}

static char *const *texts_at(const char *member)
{
	static char *const none[] = {NULL};
	char *const *texts = *(char **const *)member;

	return texts ? texts : none;
}

static void add_line(const struct systemd_unit *unit, const struct line *line)
{
	const char *member = (const char *)unit->service + line->offset;
	const char *text;

	switch (line->kind) {
	case LINE_TEXT:
		text = text_at(member);
		if (text && *text)
			unit_text_line(unit->text, line->key, text);
		break;
	case LINE_EACH:
		unit_text_each(unit->text, line->key, texts_at(member));
		break;
	case LINE_FLAG:
		if (*(const enum tristate *)member == TRISTATE_TRUE)
			strbuf_printf(unit->text, "%s\n", line->key);
		break;
	case LINE_NUMBER:
		if (*(const int64_t *)member != MODEL_UNSET)
			add_number(unit, line->key, *(const int64_t *)member);
		break;
	case LINE_ARGUMENT:
		text = text_at(member);
		if (text && *text)
			add_argument(unit, line->key, text);
		break;
	case LINE_ARGUMENTS:
		for (char *const *texts = texts_at(member); *texts; texts++)
			add_argument(unit, line->key, *texts);
		break;
	}
}

static void add_lines(const struct systemd_unit *unit, const struct line *lines, size_t count)
{
	for (size_t i = 0; i < count; i++)
		add_line(unit, &lines[i]);
}

/* ------------------------------------------------------------------ process */

static void add_environment(const struct systemd_unit *unit)
{
	for (char **pair = unit->service->environment; pair && *pair; pair++) {
		if (strchr(*pair, '=')) {
			strbuf_add(unit->text, "Environment=");
			unit_text_word(unit->text, *pair);
			strbuf_add_char(unit->text, '\n');
		} else {
			add_argument(unit, "--unsetenv", *pair);
		}
	}
}

/* Quadlet's Exec= is what stands behind the image. */
static void add_command(const struct systemd_unit *unit)
{
	const struct service *service = unit->service;

	if (service->entrypoint && *service->entrypoint && !service->entrypoint[1])
		unit_text_words(unit->text, "Entrypoint", service->entrypoint);
	else if (service->entrypoint) {
		auto_strbuf struct strbuf list = {0};

		strbuf_add_char(&list, '[');
		for (char **word = service->entrypoint; *word; word++) {
			strbuf_add(&list, word == service->entrypoint ? "\"" : ",\"");
			for (const char *p = *word; *p; p++) {
				if (*p == '"' || *p == '\\')
					strbuf_add_char(&list, '\\');
				strbuf_add_char(&list, *p);
			}
			strbuf_add_char(&list, '"');
		}
		strbuf_add_char(&list, ']');
		add_argument(unit, "--entrypoint", strbuf_text(&list));
	}
	if (service->command && *service->command)
		unit_text_words(unit->text, "Exec", service->command);
}

static void add_security(const struct systemd_unit *unit)
{
	for (char **option = unit->service->security_opt; option && *option; option++) {
		if (strncmp(*option, "no-new-privileges", 17) == 0)
			strbuf_printf(unit->text, "NoNewPrivileges=%s\n",
				      strstr(*option, "false") ? "false" : "true");
		else
			add_argument(unit, "--security-opt", *option);
	}
}

static void add_hostname(const struct systemd_unit *unit)
{
	const struct service *service = unit->service;

	if (service->hostname && service->domainname)
		unit_text_linef(unit->text, "HostName", "%s.%s", service->hostname,
				service->domainname);
	else if (service->hostname || service->domainname)
		unit_text_line(unit->text, "HostName",
			       service->hostname ? service->hostname : service->domainname);
}

void systemd_process(const struct systemd_unit *unit)
{
	static const struct line lines[] = {
		LINE(annotations, LINE_EACH, "Annotation"),
		LINE(labels, LINE_EACH, "Label"),
		LINE(cap_add, LINE_EACH, "AddCapability"),
		LINE(cap_drop, LINE_EACH, "DropCapability"),
		LINE(group_add, LINE_ARGUMENTS, "--group-add"),
		LINE(init, LINE_FLAG, "RunInit=true"),
		LINE(privileged, LINE_FLAG, "PodmanArgs=--privileged"),
		LINE(read_only, LINE_FLAG, "ReadOnly=true"),
		LINE(stdin_open, LINE_FLAG, "PodmanArgs=--interactive"),
		LINE(tty, LINE_FLAG, "PodmanArgs=--tty"),
		LINE(stop_signal, LINE_ARGUMENT, "--stop-signal"),
		LINE(user, LINE_ARGUMENT, "--user"),
		LINE(working_dir, LINE_TEXT, "WorkingDir"),
		LINE(platform, LINE_ARGUMENT, "--platform"),
		LINE(sysctls, LINE_EACH, "Sysctl"),
		LINE(pid, LINE_ARGUMENT, "--pid"),
		LINE(ipc, LINE_ARGUMENT, "--ipc"),
		LINE(uts, LINE_ARGUMENT, "--uts"),
		LINE(cgroup, LINE_ARGUMENT, "--cgroupns"),
		LINE(cgroup_parent, LINE_ARGUMENT, "--cgroup-parent"),
		LINE(device_cgroup_rules, LINE_ARGUMENTS, "--device-cgroup-rule"),
	};
	const struct service *service = unit->service;

	add_hostname(unit);
	add_command(unit);
	add_environment(unit);
	add_security(unit);
	add_lines(unit, lines, array_length(lines));
	if (service->pull_policy && (strcmp(service->pull_policy, "always") == 0 ||
				     strcmp(service->pull_policy, "never") == 0 ||
				     strcmp(service->pull_policy, "missing") == 0))
		add_argument(unit, "--pull", service->pull_policy);
	if (service->stop_grace_period != MODEL_UNSET)
		add_number(unit, "--stop-timeout",
			   (service->stop_grace_period + 999999999) / 1000000000);
	if (service->logging && service->logging->driver)
		unit_text_line(unit->text, "LogDriver", service->logging->driver);
	if (service->logging)
		for (char **option = service->logging->options; option && *option; option++)
			add_argument(unit, "--log-opt", *option);
}

/* ------------------------------------------------------------------ limits */

static void add_ulimits(const struct systemd_unit *unit)
{
	for (size_t i = 0; i < unit->service->ulimits.count; i++) {
		const struct service_ulimit *limit = &unit->service->ulimits.items[i];
		int64_t soft = limit->single != MODEL_UNSET ? limit->single : limit->soft;
		int64_t hard = limit->single != MODEL_UNSET ? limit->single : limit->hard;

		soft = soft == MODEL_UNSET ? hard : soft;
		hard = hard == MODEL_UNSET ? soft : hard;
		add_argument(unit, "--ulimit",
			     arena_format(unit->work->arena, "%s=%lld:%lld", limit->name,
					  (long long)soft, (long long)hard));
	}
}

static void add_throttles(const struct systemd_unit *unit, const char *option,
			  const struct throttle_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		add_argument(unit, option,
			     arena_format(unit->work->arena, "%s:%lld", list->items[i].path,
					  (long long)list->items[i].rate));
}

static void add_io(const struct systemd_unit *unit)
{
	const struct service_blkio *io = unit->service->blkio_config;

	if (!io)
		return;
	if (io->weight != MODEL_UNSET)
		add_number(unit, "--blkio-weight", io->weight);
	for (size_t i = 0; i < io->weight_device.count; i++)
		add_argument(unit, "--blkio-weight-device",
			     arena_format(unit->work->arena, "%s:%lld",
					  io->weight_device.items[i].path,
					  (long long)io->weight_device.items[i].weight));
	add_throttles(unit, "--device-read-bps", &io->device_read_bps);
	add_throttles(unit, "--device-read-iops", &io->device_read_iops);
	add_throttles(unit, "--device-write-bps", &io->device_write_bps);
	add_throttles(unit, "--device-write-iops", &io->device_write_iops);
}

static int64_t either(int64_t own, const struct deploy_limits *limits, int64_t deployed)
{
	return own != MODEL_UNSET ? own : limits ? deployed : MODEL_UNSET;
}

static void add_amount(const struct systemd_unit *unit, const char *option, int64_t amount)
{
	if (amount != MODEL_UNSET && amount != 0)
		add_number(unit, option, amount);
}

static void add_resources(const struct systemd_unit *unit)
{
	const struct service *service = unit->service;
	const struct deploy_resources *resources =
		service->deploy ? service->deploy->resources : NULL;
	const struct deploy_limits *limits = resources ? resources->limits : NULL;
	const struct deploy_limits *reserved = resources ? resources->reservations : NULL;
	double cpus = service->cpus > 0 ? service->cpus : limits ? limits->cpus : 0;

	if (cpus > 0)
		add_argument(unit, "--cpus", arena_format(unit->work->arena, "%g", cpus));
	add_amount(unit, "--memory",
		   either(service->mem_limit, limits, limits ? limits->memory : 0));
	add_amount(unit, "--memory-reservation",
		   either(service->mem_reservation, reserved, reserved ? reserved->memory : 0));
	add_amount(unit, "--pids-limit",
		   either(service->pids_limit, limits, limits ? limits->pids : 0));
}

void systemd_limits(const struct systemd_unit *unit)
{
	static const struct line lines[] = {
		LINE(cpu_period, LINE_NUMBER, "--cpu-period"),
		LINE(cpu_quota, LINE_NUMBER, "--cpu-quota"),
		LINE(cpu_shares, LINE_NUMBER, "--cpu-shares"),
		LINE(cpuset, LINE_ARGUMENT, "--cpuset-cpus"),
		LINE(memswap_limit, LINE_NUMBER, "--memory-swap"),
		LINE(oom_score_adj, LINE_NUMBER, "--oom-score-adj"),
		LINE(shm_size, LINE_NUMBER, "--shm-size"),
	};

	add_resources(unit);
	add_lines(unit, lines, array_length(lines));
	add_io(unit);
	add_ulimits(unit);
}

/* ------------------------------------------------------------------ networks */

static void add_options(const struct systemd_unit *unit, struct strbuf *options,
			const struct service_network *network)
{
	const struct {
		const char *name, *value;
	} rows[] = {{"ip", network->ipv4_address},
		    {"ip6", network->ipv6_address},
		    {"mac", network->mac_address},
		    {"interface_name", network->interface_name}};
	const char *separator = ":";

	for (char **alias = network->aliases; alias && *alias; alias++) {
		strbuf_printf(options, "%salias=%s", separator, *alias);
		separator = ",";
	}
	strbuf_printf(options, "%salias=%s", separator, unit->service->name);
	for (size_t i = 0; i < array_length(rows); i++)
		if (rows[i].value)
			strbuf_printf(options, ",%s=%s", i == 1 ? "ip" : rows[i].name,
				      rows[i].value);
}

static void add_network(const struct systemd_unit *unit, const struct service_network *use)
{
	const struct project *project = unit->work->project;
	const struct project_network *network = project_find_network(project, use->network);
	auto_strbuf struct strbuf text = {0};

	if (!network)
		return;
	if (network->external == TRISTATE_TRUE)
		strbuf_add(&text, network->name ? network->name : network->key);
	else
		strbuf_printf(&text, "%s-%s.network", project->name, network->key);
	add_options(unit, &text, use);
	unit_text_line(unit->text, "Network", strbuf_text(&text));
}

/* "service:db" is that container's. */
static void add_mode(const struct systemd_unit *unit, const char *mode)
{
	const struct service *other = strncmp(mode, "service:", 8) == 0
					      ? project_find_service(unit->work->project, mode + 8)
					      : NULL;

	if (other)
		unit_text_linef(unit->text, "Network", "container:%s",
				systemd_container_name(unit->work, other, 1));
	else
		unit_text_line(unit->text, "Network", mode);
}

static void add_ports(const struct systemd_unit *unit)
{
	const struct service *service = unit->service;

	for (size_t i = 0; i < service->ports.count; i++) {
		const struct service_port *port = &service->ports.items[i];
		const char *protocol = port->protocol ? port->protocol : "tcp";
		bool has_colon = port->host_ip && strchr(port->host_ip, ':');

		if (unit->number > 1 && port->published) {
			export_note(unit->work, WAY_TO(unit, KEY("ports"), ITEM(i)),
				    "only the first of %lld replicas can have port %s",
				    (long long)unit->replicas, port->published);
			continue;
		}
		unit_text_linef(unit->text, "PublishPort", "%s%s%s%s%s%s%lld/%s",
				has_colon ? "[" : "", port->host_ip ? port->host_ip : "",
				has_colon ? "]" : "", port->host_ip ? ":" : "",
				port->published ? port->published : "",
				port->published || port->host_ip ? ":" : "",
				(long long)port->target, protocol);
	}
}

/* What others call it in their links. */
static void add_links(const struct systemd_unit *unit)
{
	const struct project *project = unit->work->project;
	size_t length = strlen(unit->service->name);

	for (size_t i = 0; i < project->services.count; i++)
		for (char **link = project->services.items[i].links; link && *link; link++)
			if (strncmp(*link, unit->service->name, length) == 0 &&
			    (*link)[length] == ':')
				add_argument(unit, "--network-alias", *link + length + 1);
}

void systemd_network(const struct systemd_unit *unit)
{
	static const struct line lines[] = {
		LINE(dns, LINE_ARGUMENTS, "--dns"),
		LINE(dns_opt, LINE_ARGUMENTS, "--dns-option"),
		LINE(dns_search, LINE_ARGUMENTS, "--dns-search"),
		LINE(mac_address, LINE_ARGUMENT, "--mac-address"),
	};
	const struct service *service = unit->service;

	if (service->network_mode && *service->network_mode)
		add_mode(unit, service->network_mode);
	else
		for (size_t i = 0; i < service->networks.count; i++)
			add_network(unit, &service->networks.items[i]);
	add_links(unit);
	add_ports(unit);
	for (char **host = service->extra_hosts; host && *host; host++) {
		const char *address, *name = export_split(unit->work, *host, &address);

		unit_text_linef(unit->text, "AddHost", "%s:%s", name, address ? address : "");
	}
	add_lines(unit, lines, array_length(lines));
}
