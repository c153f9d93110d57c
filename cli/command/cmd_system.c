/* SPDX-License-Identifier: Apache-2.0 */
/* `system`: the table of its verbs, `info` and `prune`. */
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/strbuf.h"
#include "base/units.h"
#include "cli/invocation.h"
#include "cli/output.h"
#include "cli/prune.h"
#include "cli/session_info.h"
#include "cli/table.h"
#include "describe/filters.h"
#include "engine/engine.h"
#include "storage/build_cache/build_cache.h"
#include "storage/image/image.h"
#include "storage/volume/volume.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/statfs.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <unistd.h>

/* --- info ------------------------------------------------------------------------------------- */

struct info_options {
	const char *format;
};

static const struct option_spec info_options[] = {
	OPTION(STRING, "format", 'f', info_options, format, "json or a template",
	       .value = "FORMAT"),
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
}

static void add_storage(json *info, const struct engine *engine)
{
	struct statfs status;

	json_set_string(info, "Driver", "overlay");
	json_set_string(info, "DockerRootDir", engine->layout.root);
	json_set_string(info, "RunDir", engine->layout.run);
	if (fstatfs(engine->layout.root_fd, &status) < 0)
		return;
	json_set_string(info, "BackingFilesystem", file_system_name(status.f_type));
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

static void print_size(const char *heading, const json *info, const char *name)
{
	char size[32];

	units_format_size_binary(size, sizeof(size), json_int(info, name, 0));
	output_printf("%s: %s\n", heading, size);
}

static void print_info(const json *info)
{
	static const char *const rows[][2] = {
		{"Server Version", "ServerVersion"},
		{"Containers", "Containers"},
		{" Running", "ContainersRunning"},
		{" Paused", "ContainersPaused"},
		{" Stopped", "ContainersStopped"},
		{"Images", "Images"},
		{"Volumes", "Volumes"},
		{"Storage Driver", "Driver"},
		{" Backing Filesystem", "BackingFilesystem"},
		{"Root Dir", "DockerRootDir"},
		{"Run Dir", "RunDir"},
		{"Cgroup Version", "CgroupVersion"},
		{"Cgroup Root", "CgroupRoot"},
		{"Cgroup Controllers", "CgroupControllers"},
		{"Monitor Cgroup", "MonitorCgroup"},
		{"Kernel Version", "KernelVersion"},
		{"Operating System", "OperatingSystem"},
		{"OSType", "OSType"},
		{"Architecture", "Architecture"},
		{"CPUs", "NCPU"},
		{"Name", "Name"},
	};

	for (size_t i = 0; i < array_length(rows); i++) {
		json *value = json_get(info, rows[i][1]);
		const char *text = value ? json_object_get_string(value) : "";

		output_printf("%s: %s\n", rows[i][0], text && *text ? text : "none");
	}
	print_size("Total Memory", info, "MemTotal");
	print_size("Storage Size", info, "StorageTotal");
	print_size("Storage Free", info, "StorageFree");
	session_info_print(info);
}

static int info_run(struct invocation *invocation, struct error *err)
{
	const struct info_options *options = invocation->options;
	auto_json json *documents = json_new_array();
	json *info = json_new_object();

	json_add(documents, info);
	json_set_string(info, "ServerVersion", CORACLE_VERSION);
	if (add_objects(info, invocation, err) < 0)
		return -1;
	add_storage(info, invocation->engine);
	add_cgroup(info);
	add_host(info);
	session_info_add(info);
	if (!options->format) {
		print_info(info);
		return 0;
	}
	if (strcmp(options->format, "json") == 0) {
		auto_strbuf struct strbuf text = {0};

		json_print(&text, info, false);
		strbuf_add_char(&text, '\n');
		output_text(text.text, text.length);
		return 0;
	}
	return format_documents(options->format, documents, err);
}

const struct command cmd_system_info =
	COMMAND("info", "", "show what is here: objects, storage, cgroups, kernel",
		.needs = FOR_CONTAINERS | CHANGES_NOTHING,
		COMMAND_OPTIONS(info_options, info_options), .run = info_run);

/* --- prune ------------------------------------------------------------------------------------ */

struct system_prune_options {
	struct prune_options prune; /* first: PRUNE_OPTIONS */
	bool all, volumes;
};

static const struct option_spec prune_options[] = {
	OPTION(BOOL, "all", 'a', system_prune_options, all,
	       "all images that no container uses, not only those without a name"),
	PRUNE_OPTIONS,
	OPTION(BOOL, "volumes", 0, system_prune_options, volumes,
	       "anonymous volumes that no container uses too"),
	{0},
};

static bool ask(const struct system_prune_options *options)
{
	auto_strbuf struct strbuf text = {0};

	strbuf_printf(&text,
		      "This will remove:\n"
		      "  - all stopped containers of projects of which nothing runs\n"
		      "  - all networks not used by at least one container\n"
		      "%s"
		      "  - all %simages%s\n"
		      "  - %s build cache\n",
		      options->volumes ? "  - all anonymous volumes not used by at least one "
					 "container\n"
				       : "",
		      options->all ? "" : "dangling ",
		      options->all ? " without at least one container associated to them" : "",
		      options->all ? "all" : "unused");
	return prune_ask(&options->prune, strbuf_text(&text));
}

/* It has no labels: who asks for some does not mean it. */
static int prune_build_cache(struct prune *prune, bool all, struct error *err)
{
	struct build_cache_prune request = {.all = all};

	if (filters_ask(prune->filters, "label") || filters_ask(prune->filters, "label!"))
		return 0;
	return prune_builds(prune, &request, err);
}

static int prune_run(struct invocation *invocation, struct error *err)
{
	const struct system_prune_options *options = invocation->options;
	struct prune prune = {
		.invocation = invocation,
		.filters = &options->prune.filters,
		.spares_projects = true,
	};

	if (filters_check(prune_filters, prune.filters, err) < 0)
		return -1;
	if (!ask(options))
		return 0;
	if (prune_containers(&prune, err) < 0 || prune_networks(&prune, err) < 0 ||
	    (options->volumes && prune_volumes(&prune, err) < 0) ||
	    prune_images(&prune, options->all, false, err) < 0 ||
	    prune_build_cache(&prune, options->all, err) < 0)
		return -1;
	prune_total(&prune);
	return 0;
}

static const struct command cmd_system_prune =
	COMMAND("prune", "",
		"remove stopped containers, unused networks, images without a name, build cache",
		.needs = FOR_CONTAINERS, COMMAND_OPTIONS(system_prune_options, prune_options),
		.run = prune_run);

static const struct command_entry verbs[] = {
	{"check", &cmd_system_check}, {"df", &cmd_system_df},	    {"events", &cmd_system_events},
	{"info", &cmd_system_info},   {"prune", &cmd_system_prune}, {0},
};

const struct command cmd_system =
	COMMAND("system", "COMMAND", "all of it: df, events, prune, check, info",
		.needs = CHANGES_NOTHING, .verbs = verbs);
