/* SPDX-License-Identifier: Apache-2.0 */
/* `system info`: what docker says of its daemon's host, and what is of ours. */
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/strbuf.h"
#include "base/units.h"
#include "cli/invocation.h"
#include "cli/screen/output.h"
#include "cli/session_info.h"
#include "cli/table.h"
#include "cli/version_info.h"
#include "compose/stack/swarm.h"
#include "engine/engine.h"
#include "storage/image/image.h"
#include "storage/volume/volume.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/statfs.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <unistd.h>

/* What is the same everywhere. */
static const char constants[] =
	"{\"Plugins\":{\"Volume\":[\"local\"],\"Network\":[\"bridge\",\"host\","
	"\"ipvlan\",\"macvlan\",\"null\",\"overlay\"],\"Authorization\":null,"
	"\"Log\":[\"journald\",\"json-file\",\"local\",\"none\",\"syslog\"]},\"Debug\":false,"
	"\"OomKillDisable\":false,\"LoggingDriver\":\"json-file\",\"GenericResources\":null,"
	"\"Labels\":[],\"ExperimentalBuild\":false,"
	"\"Runtimes\":{\"coracle\":{\"path\":\"coracle\"}},"
	"\"DefaultRuntime\":\"coracle\",\"LiveRestoreEnabled\":true,\"Isolation\":\"\","
	"\"InitBinary\":\"init\",\"SecurityOptions\":[\"name=seccomp,profile=builtin\","
	"\"name=cgroupns\"],\"ProductLicense\":\"\"}";

struct info_options {
	const char *format;
};

static const struct option_spec info_options[] = {
	OPTION(STRING, "format", 'f', info_options, format, "Print JSON, or what a template says",
	       .value = "FORMAT", .fallback = "json"),
	{0},
};

static const struct {
	long magic;
	const char *name;
} file_systems[] = {
	{0xef53, "ext4"},	  {0x58465342, "xfs"},	     {0x9123683e, "btrfs"},
	{0x01021994, "tmpfs"},	  {0x2fc12fc1, "zfs"},	     {0xf2f52010, "f2fs"},
	{0xca451a4e, "bcachefs"}, {0x794c7630, "overlayfs"},
};

static const char *file_system_name(long magic)
{
	for (size_t i = 0; i < array_length(file_systems); i++)
		if (file_systems[i].magic == (magic & 0xffffffff))
			return file_systems[i].name;
	return "unknown";
}

/* PRETTY_NAME="…" of os-release(5). */
static void add_system_name(json *info)
{
	auto_strbuf struct strbuf text = {0};
	char *name, *end;

	if (file_read(AT_FDCWD, "/etc/os-release", 65536, &text, NULL) < 0)
		return;
	name = strstr(strbuf_text(&text), "PRETTY_NAME=");
	if (!name)
		return;
	name += strlen("PRETTY_NAME=");
	name += *name == '"';
	end = name + strcspn(name, "\"\n");
	*end = '\0';
	json_set_string(info, "OperatingSystem", name);
}

static void add_host(json *info)
{
	struct utsname name;
	struct sysinfo memory;

	uname(&name);
	json_set_string(info, "Name", name.nodename);
	json_set_string(info, "KernelVersion", name.release);
	add_system_name(info);
	json_set_string(info, "OSType", "linux");
	json_set_string(info, "Architecture", name.machine);
	json_set_int(info, "NCPU", sysconf(_SC_NPROCESSORS_ONLN));
	if (sysinfo(&memory) == 0)
		json_set_int(info, "MemTotal", (int64_t)memory.totalram * memory.mem_unit);
}

/* Which limits can be set: those of controllers that cgroup2 has. */
static void add_limits(json *info, char *controllers)
{
	static const struct {
		const char *member, *controller;
	} limits[] = {
		{"MemoryLimit", "memory"}, {"SwapLimit", "memory"}, {"CpuCfsPeriod", "cpu"},
		{"CpuCfsQuota", "cpu"},	   {"CPUShares", "cpu"},    {"CPUSet", "cpuset"},
		{"PidsLimit", "pids"},
	};
	char *rest = controllers, *word;

	for (size_t i = 0; i < array_length(limits); i++)
		json_set_bool(info, limits[i].member, false);
	while ((word = strsep(&rest, " ")))
		for (size_t i = 0; i < array_length(limits); i++)
			if (strcmp(limits[i].controller, word) == 0)
				json_set_bool(info, limits[i].member, true);
	/* Of a kernel without swap there is no limit of it. */
	if (access("/proc/swaps", F_OK) < 0)
		json_set_bool(info, "SwapLimit", false);
}

/* Where cgroup2 is mounted, and which controllers it has. */
static void add_cgroup(json *info)
{
	auto_strbuf struct strbuf mounts = {0};
	auto_strbuf struct strbuf controllers = {0};
	char path[4096] = "/sys/fs/cgroup", *rest, *line;
	size_t length;

	file_read(AT_FDCWD, "/proc/self/mounts", 1 << 20, &mounts, NULL);
	for (rest = mounts.text; rest && (line = strsep(&rest, "\n"));)
		if (strncmp(line, "cgroup2 ", 8) == 0)
			snprintf(path, sizeof(path), "%.*s", (int)strcspn(line + 8, " "), line + 8);
	json_set_string(info, "CgroupVersion", "2");
	json_set_string(info, "CgroupDriver", "cgroupfs");
	json_set_string(info, "CgroupRoot", path);
	length = strlen(path);
	snprintf(path + length, sizeof(path) - length, "/cgroup.controllers");
	if (file_read(AT_FDCWD, path, 4096, &controllers, NULL) == 0 && controllers.length)
		controllers.text[strcspn(controllers.text, "\n")] = '\0';
	json_set_string(info, "CgroupControllers", strbuf_text(&controllers));
	add_limits(info, controllers.text);
}

static void add_forwarding(json *info)
{
	auto_strbuf struct strbuf text = {0};

	file_read(AT_FDCWD, "/proc/sys/net/ipv4/ip_forward", 100, &text, NULL);
	json_set_bool(info, "IPv4Forwarding", *strbuf_text(&text) == '1');
}

/* [["Backing Filesystem", "ext4"]] */
static void add_driver_status(json *info, const char *file_system)
{
	json *rows = json_new_array();

	json_add(rows, json_from_strings((char *[]){(char *)"Backing Filesystem",
						    (char *)file_system, NULL}));
	json_set(info, "DriverStatus", rows);
}

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

static void add_storage(json *info, const struct engine *engine)
{
	struct statfs status;

	json_set_string(info, "Driver", "overlay2");
	json_set_string(info, "DockerRootDir", engine->layout.root);
	json_set_string(info, "RunDir", engine->layout.run);
	if (fstatfs(engine->layout.root_fd, &status) < 0)
		return;
	json_set_string(info, "BackingFilesystem", file_system_name(status.f_type));
	add_driver_status(info, file_system_name(status.f_type));
	json_set_int(info, "StorageTotal", (int64_t)status.f_blocks * status.f_bsize);
	json_set_int(info, "StorageFree", (int64_t)status.f_bavail * status.f_bsize);
}

static int add_objects(json *info, struct invocation *invocation, struct error *err)
{
	struct engine *engine = invocation->engine;
	size_t states[CONTAINER_STATUS_COUNT] = {0};
	struct container_list list;
	struct image *images;
	struct volume *volumes;
	size_t image_count, volume_count, running;

	if (container_list(engine, NULL, &list.items, &list.count, invocation->arena, err) < 0 ||
	    image_list(&engine->layout, &images, &image_count, invocation->arena, err) < 0 ||
	    volume_list(&engine->layout, &volumes, &volume_count, invocation->arena, err) < 0)
		return -1;
	for (size_t i = 0; i < list.count; i++)
		states[list.items[i].state.status]++;
	running = states[CONTAINER_RUNNING] + states[CONTAINER_RESTARTING];
	json_set_int(info, "Containers", (int64_t)list.count);
	json_set_int(info, "ContainersRunning", (int64_t)running);
	json_set_int(info, "ContainersPaused", (int64_t)states[CONTAINER_PAUSED]);
	json_set_int(info, "ContainersStopped",
		     (int64_t)(list.count - running - states[CONTAINER_PAUSED]));
	json_set_int(info, "Images", (int64_t)image_count);
	json_set_int(info, "Volumes", (int64_t)volume_count);
	return 0;
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
	json *info = json_parse(constants, sizeof(constants) - 1, "info", err);
	char id[SWARM_ID_SIZE];

	if (!info)
		return -1;
	json_add(documents, info);
	swarm_node_id(id, &invocation->engine->layout);
	json_set_string(info, "ID", id);
	json_set_string(info, "ServerVersion", VERSION_OF_DOCKER);
	json_set_string(info, "CoracleVersion", CORACLE_VERSION);
	if (add_objects(info, invocation, err) < 0)
		return -1;
	add_swarm(info, &invocation->engine->layout);
	add_storage(info, invocation->engine);
	add_cgroup(info);
	add_forwarding(info);
	add_host(info);
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
