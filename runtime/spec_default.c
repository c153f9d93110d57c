/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What Docker gives a container that asks for nothing, and what --privileged changes in it.
 */
#include "runtime/spec.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "runtime/caps.h"

#include <linux/capability.h>
#include <string.h>
#include <unistd.h>

#define BIT(capability) (UINT64_C(1) << (capability))

static const uint64_t default_capabilities =
	BIT(CAP_CHOWN) | BIT(CAP_DAC_OVERRIDE) | BIT(CAP_FSETID) | BIT(CAP_FOWNER) |
	BIT(CAP_MKNOD) | BIT(CAP_NET_RAW) | BIT(CAP_SETGID) | BIT(CAP_SETUID) | BIT(CAP_SETFCAP) |
	BIT(CAP_SETPCAP) | BIT(CAP_NET_BIND_SERVICE) | BIT(CAP_SYS_CHROOT) | BIT(CAP_KILL) |
	BIT(CAP_AUDIT_WRITE);

struct default_mount {
	const char *destination, *type, *source;
	const char *options[8];
};

static const struct default_mount default_mounts[] = {
	{"/proc", "proc", "proc", {"nosuid", "noexec", "nodev"}},
	{"/dev", "tmpfs", "tmpfs", {"nosuid", "strictatime", "mode=755", "size=65536k"}},
	{"/dev/pts",
	 "devpts",
	 "devpts",
	 {"nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"}},
	{"/sys", "sysfs", "sysfs", {"nosuid", "noexec", "nodev", "ro"}},
	{"/sys/fs/cgroup", "cgroup", "cgroup", {"nosuid", "noexec", "nodev", "relatime", "ro"}},
	{"/dev/mqueue", "mqueue", "mqueue", {"nosuid", "noexec", "nodev"}},
	{"/dev/shm", "tmpfs", "shm", {"nosuid", "noexec", "nodev", "mode=1777", "size=65536k"}},
};

static const char *const masked_paths[] = {
	"/proc/acpi",
	"/proc/asound",
	"/proc/interrupts",
	"/proc/kcore",
	"/proc/keys",
	"/proc/latency_stats",
	"/proc/sched_debug",
	"/proc/scsi",
	"/proc/timer_list",
	"/proc/timer_stats",
	"/sys/devices/virtual/powercap",
	"/sys/firmware",
};

static const char *const readonly_paths[] = {
	"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger",
};

/* Everything may be created, as mknod(2) alone opens nothing; these may be opened. Not 5:1, which
 * others allow: it is the host's console, while a container's /dev/console is a pty. */
static const struct spec_device_rule default_rules[] = {
	{.allow = false, .type = 'a', .major = -1, .minor = -1, true, true, true},
	{.allow = true, .type = 'c', .major = -1, .minor = -1, false, false, true},
	{.allow = true, .type = 'b', .major = -1, .minor = -1, false, false, true},
	{.allow = true, .type = 'c', .major = 1, .minor = 3, true, true, true},	   /* null */
	{.allow = true, .type = 'c', .major = 1, .minor = 5, true, true, true},	   /* zero */
	{.allow = true, .type = 'c', .major = 1, .minor = 7, true, true, true},	   /* full */
	{.allow = true, .type = 'c', .major = 1, .minor = 8, true, true, true},	   /* random */
	{.allow = true, .type = 'c', .major = 1, .minor = 9, true, true, true},	   /* urandom */
	{.allow = true, .type = 'c', .major = 5, .minor = 0, true, true, true},	   /* tty */
	{.allow = true, .type = 'c', .major = 5, .minor = 2, true, true, true},	   /* ptmx */
	{.allow = true, .type = 'c', .major = 136, .minor = -1, true, true, true}, /* pts */
};

static void set_capabilities(struct spec *spec, uint64_t mask)
{
	spec->capabilities = (struct spec_capabilities){
		.bounding = mask,
		.effective = mask,
		.permitted = mask,
	};
}

static void add_mounts(struct spec *spec, struct arena *arena)
{
	spec->mount_count = array_length(default_mounts);
	spec->mounts = arena_array(arena, spec->mount_count, sizeof(*spec->mounts));
	for (size_t i = 0; i < spec->mount_count; i++) {
		const struct default_mount *from = &default_mounts[i];
		struct spec_mount *mount = &spec->mounts[i];

		mount->destination = arena_string(arena, from->destination);
		mount->type = arena_string(arena, from->type);
		mount->source = arena_string(arena, from->source);
		mount->source_fd = -1;
		mount->options =
			arena_array(arena, array_length(from->options) + 1, sizeof(char *));
		for (size_t j = 0; j < array_length(from->options) && from->options[j]; j++)
			mount->options[j] = arena_string(arena, from->options[j]);
	}
}

/* The throttle counters of each CPU tell of the neighbours' work; most virtual machines have none,
 * and a path that is not there costs nothing to mask. */
static void add_masked_paths(struct spec *spec, struct arena *arena)
{
	long cpus = sysconf(_SC_NPROCESSORS_CONF);
	size_t fixed = array_length(masked_paths);
	size_t count = fixed;

	spec->masked_paths =
		arena_array(arena, fixed + (cpus > 0 ? (size_t)cpus : 0) + 1, sizeof(char *));
	for (size_t i = 0; i < fixed; i++)
		spec->masked_paths[i] = arena_string(arena, masked_paths[i]);
	for (long cpu = 0; cpu < cpus; cpu++) {
		char *path =
			arena_format(arena, "/sys/devices/system/cpu/cpu%ld/thermal_throttle", cpu);

		if (access(path, F_OK) == 0)
			spec->masked_paths[count++] = path;
	}
}

void spec_init_default(struct spec *spec, struct arena *arena)
{
	struct spec_device_rule *rules =
		arena_array(arena, array_length(default_rules), sizeof(*rules));

	memset(spec, 0, sizeof(*spec));
	memcpy(rules, default_rules, sizeof(default_rules));
	spec->resources.device_rules = rules;
	spec->resources.device_rule_count = array_length(default_rules);
	for (int ns = 0; ns < SPEC_NS_COUNT; ns++)
		spec->namespaces[ns].own = ns != SPEC_NS_USER && ns != SPEC_NS_TIME;
	set_capabilities(spec, default_capabilities);
	add_mounts(spec, arena);
	add_masked_paths(spec, arena);
	spec->readonly_paths = arena_array(arena, array_length(readonly_paths) + 1, sizeof(char *));
	for (size_t i = 0; i < array_length(readonly_paths); i++)
		spec->readonly_paths[i] = arena_string(arena, readonly_paths[i]);
	spec->seccomp = SPEC_SECCOMP_DEFAULT;
	spec->cwd = "/";
	spec->has_oom_score_adj = true; /* 0, whatever the caller's is */
}

void spec_make_privileged(struct spec *spec, struct arena *arena)
{
	struct spec_device_rule *rule = arena_alloc(arena, sizeof(*rule));

	/* What this process itself has not got cannot be given: spawn would warn of each. */
	set_capabilities(spec, caps_all() & caps_available());
	*rule = (struct spec_device_rule){true, 'a', -1, -1, true, true, true};
	spec->resources.device_rules = rule;
	spec->resources.device_rule_count = 1;
	spec->resources.all_devices = true;
	spec->masked_paths = NULL;
	spec->readonly_paths = NULL;
	spec->seccomp = NULL;
	spec->apparmor_profile = NULL;
	for (size_t i = 0; i < spec->mount_count; i++) {
		const char *type = spec->mounts[i].type;
		char **options = spec->mounts[i].options;

		if (!type || (strcmp(type, "sysfs") != 0 && strcmp(type, "cgroup") != 0))
			continue;
		for (; options && *options; options++)
			if (strcmp(*options, "ro") == 0)
				*options = arena_string(arena, "rw");
	}
}

void spec_set_limits(struct spec *spec, const struct spec_resources *limits)
{
	struct spec_resources kept = spec->resources;

	spec->resources = *limits;
	spec->resources.device_rules = kept.device_rules;
	spec->resources.device_rule_count = kept.device_rule_count;
	spec->resources.all_devices = kept.all_devices;
}
