/* SPDX-License-Identifier: Apache-2.0 */
/* `system info`: what docker says of its daemon's host, and what is of ours. */
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "base/units.h"
#include "cli/invocation.h"
#include "cli/screen/output.h"
#include "cli/session_info.h"
#include "cli/table.h"
#include "compose/stack/swarm.h"
#include "describe/objects.h"
#include "engine/engine.h"

#include <string.h>

struct info_options {
	const char *format;
};

static const struct option_spec info_options[] = {
	OPTION(STRING, "format", 'f', info_options, format, "Print JSON, or what a template says",
	       .value = "FORMAT", .fallback = "json"),
	{0},
};

static void add_swarm(json *info, const struct layout *layout)
{
	bool is_active = swarm_is_active(layout);
	char node[SWARM_ID_SIZE] = "", cluster[SWARM_ID_SIZE];
	json *swarm = json_new_object();

	if (is_active)
		swarm_node_id(node, layout);
	json_set_string(swarm, "NodeID", node);
	json_set_string(swarm, "NodeAddr", is_active ? "127.0.0.1" : "");
	json_set_string(swarm, "LocalNodeState", is_active ? "active" : "inactive");
	json_set_bool(swarm, "ControlAvailable", is_active);
	json_set_string(swarm, "Error", "");
	json_set(swarm, "RemoteManagers", NULL);
	if (is_active) {
		json *description = json_new_object();

		swarm_cluster_id(cluster, layout);
		json_set_string(description, "ID", cluster);
		json_set(swarm, "Cluster", description);
		json_set_int(swarm, "Managers", 1);
		json_set_int(swarm, "Nodes", 1);
	}
	json_set(info, "Swarm", swarm);
}

static void print_row(const char *heading, const char *text)
{
	if (text && *text)
		output_printf(" %s: %s\n", heading, text);
}

static void print_size(const char *heading, const json *info, const char *name)
{
	char size[32];

	units_format_size_binary(size, sizeof(size), json_int(info, name, 0));
	print_row(heading, size);
}

static void print_list(const char *heading, const json *list)
{
	auto_strbuf struct strbuf text = {0};

	for (size_t i = 0; i < json_length(list); i++)
		strbuf_printf(&text, "%s%s", i ? " " : "", json_string_at(list, i));
	print_row(heading, strbuf_text(&text));
}

static void print_rows(const json *info, const char *const rows[][2])
{
	for (; (*rows)[0]; rows++) {
		json *value = json_get(info, (*rows)[1]);

		print_row((*rows)[0], value ? json_object_get_string(value) : NULL);
	}
}

/* Of docker's lines those that mean something here, in its order; then ours. */
static void print_info(const json *info)
{
	static const char *const first[][2] = {{"Containers", "Containers"},
					       {" Running", "ContainersRunning"},
					       {" Paused", "ContainersPaused"},
					       {" Stopped", "ContainersStopped"},
					       {"Images", "Images"},
					       {"Server Version", "ServerVersion"},
					       {"Storage Driver", "Driver"},
					       {" Backing Filesystem", "BackingFilesystem"},
					       {"Logging Driver", "LoggingDriver"},
					       {"Cgroup Driver", "CgroupDriver"},
					       {"Cgroup Version", "CgroupVersion"},
					       {0}};
	static const char *const then[][2] = {{"Default Runtime", "DefaultRuntime"},
					      {"Kernel Version", "KernelVersion"},
					      {"Operating System", "OperatingSystem"},
					      {"OSType", "OSType"},
					      {"Architecture", "Architecture"},
					      {"CPUs", "NCPU"},
					      {0}};
	static const char *const last[][2] = {{"Name", "Name"},
					      {"ID", "ID"},
					      {"Docker Root Dir", "DockerRootDir"},
					      {"Live Restore Enabled", "LiveRestoreEnabled"},
					      {"Coracle Version", "CoracleVersion"},
					      {"Run Dir", "RunDir"},
					      {"Volumes", "Volumes"},
					      {"Cgroup Root", "CgroupRoot"},
					      {"Cgroup Controllers", "CgroupControllers"},
					      {"Monitor Cgroup", "MonitorCgroup"},
					      {0}};
	const json *plugins = json_get(info, "Plugins");

	output_printf("Client: Coracle %s\n Context:    default\n Debug Mode: false\n\nServer:\n",
		      CORACLE_VERSION);
	print_rows(info, first);
	output_line(" Plugins:");
	print_list(" Volume", json_get(plugins, "Volume"));
	print_list(" Network", json_get(plugins, "Network"));
	print_list(" Log", json_get(plugins, "Log"));
	print_row("Swarm", json_string(json_get(info, "Swarm"), "LocalNodeState", ""));
	print_row("Runtimes", json_string(info, "DefaultRuntime", ""));
	print_rows(info, then);
	print_size("Total Memory", info, "MemTotal");
	print_rows(info, last);
	print_size("Storage Size", info, "StorageTotal");
	print_size("Storage Free", info, "StorageFree");
	session_info_print(info);
}

static int info_run(struct invocation *invocation, struct error *err)
{
	const struct info_options *options = invocation->options;
	auto_json json *documents = json_new_array();
	json *info = describe_host(invocation->engine, err);

	if (!info)
		return -1;
	json_add(documents, info);
	add_swarm(info, &invocation->engine->layout);
	session_info_add(info, &invocation->engine->layout);
	if (!options->format) {
		print_info(info);
		return 0;
	}
	if (strcmp(options->format, "json") == 0)
		return format_print(
			&(struct format_request){options->format, NULL, FORMAT_JSON_LINES, NULL},
			documents, err);
	return format_documents(options->format, documents, err);
}

const struct command cmd_system_info =
	COMMAND("info", "", "Show what this host has: objects, storage, cgroups, kernel",
		EXAMPLE("-f \"{{.ServerVersion}}\"", "Print the version, and nothing else"),
		.needs = FOR_CONTAINERS | CHANGES_NOTHING,
		COMMAND_OPTIONS(info_options, info_options), .run = info_run);
