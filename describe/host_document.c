/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What docker says of its daemon's host: objects, storage, cgroups, kernel.
 */
#include "describe/describe_private.h"
#include "describe/objects.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "base/strbuf.h"
#include "describe/version.h"
#include "engine/container.h"
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

static int add_objects(json *info, struct engine *engine, struct error *err)
{
	auto_arena struct arena arena = {0};
	size_t states[CONTAINER_STATUS_COUNT] = {0};
	struct container *containers;
	struct image *images;
	struct volume *volumes;
	size_t count, image_count, volume_count, running;

	if (container_list(engine, NULL, &containers, &count, &arena, err) < 0 ||
	    image_list(&engine->layout, &images, &image_count, &arena, err) < 0 ||
	    volume_list(&engine->layout, &volumes, &volume_count, &arena, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		states[containers[i].state.status]++;
	running = states[CONTAINER_RUNNING] + states[CONTAINER_RESTARTING];
	json_set_int(info, "Containers", (int64_t)count);
	json_set_int(info, "ContainersRunning", (int64_t)running);
	json_set_int(info, "ContainersPaused", (int64_t)states[CONTAINER_PAUSED]);
	json_set_int(info, "ContainersStopped",
		     (int64_t)(count - running - states[CONTAINER_PAUSED]));
	json_set_int(info, "Images", (int64_t)image_count);
	json_set_int(info, "Volumes", (int64_t)volume_count);
	return 0;
}

json *describe_host(struct engine *engine, struct error *err)
{
	auto_json json *info = describe_unset(constants);

	json_set_string(info, "ServerVersion", VERSION_OF_DOCKER);
	json_set_string(info, "CoracleVersion", CORACLE_VERSION);
	if (add_objects(info, engine, err) < 0)
		return NULL;
	add_storage(info, engine);
	add_cgroup(info);
	add_forwarding(info);
	add_host(info);
	describe_add_server(info, engine);
	return take_ptr(info);
}
