/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The spec of one start. Identities are resolved and the network is there already; what is opened
 * here (volumes, a donor's /dev/shm) is handed to the runtime as descriptors.
 */
#include "engine/container_spec.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/path.h"
#include "base/process.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "engine/container_cgroup.h"
#include "engine/namespace_mode.h"
#include "engine/spec_devices.h"
#include "engine/spec_mounts.h"
#include "engine/start.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

static void set_environment(struct spec *spec, const struct spec_input *input, struct arena *arena)
{
	auto_strvec struct strvec env = {0};

	strvec_add_all(&env, input->container->env);
	if (spec->hostname && !strvec_getenv(env.items, "HOSTNAME"))
		strvec_addf(&env, "HOSTNAME=%s", spec->hostname);
	if (!strvec_getenv(env.items, "HOME"))
		strvec_addf(&env, "HOME=%s", input->identity->home);
	spec->env = strvec_copy(&env, arena);
}

static uint64_t capability_mask(char *const *names)
{
	uint64_t mask = 0;

	for (; names && *names; names++) {
		if (strcasecmp(*names, "ALL") == 0)
			return ~UINT64_C(0);
		if (spec_capability(*names) >= 0)
			mask |= UINT64_C(1) << spec_capability(*names);
	}
	return mask;
}

/* What the kernel has: a set must not name more (Linux numbers them up to cap_last_cap). */
static uint64_t known_capabilities(void)
{
	uint64_t mask = 0;

	for (int i = 0; i < 64 && spec_capability_name(i); i++)
		mask |= UINT64_C(1) << i;
	return mask;
}

/* Drop first, then add, so that "drop ALL, add X" leaves X. */
static void set_capabilities(struct spec *spec, const struct container_config *config)
{
	uint64_t set = spec->capabilities.bounding;

	set &= ~capability_mask(config->cap_drop);
	set |= capability_mask(config->cap_add) & known_capabilities();
	spec->capabilities.bounding = set;
	spec->capabilities.effective = set;
	spec->capabilities.permitted = set;
}

static void set_security(struct spec *spec, const struct container_config *config)
{
	set_capabilities(spec, config);
	spec->no_new_privileges = config->no_new_privileges;
	if (!config->privileged)
		spec->seccomp = config->seccomp;
	spec->apparmor_profile = config->apparmor;
	if (config->systempaths_unconfined)
		spec->masked_paths = spec->readonly_paths = NULL;
	spec->rlimits = config->ulimits;
	spec->rlimit_count = config->ulimit_count;
	spec->oom_score_adj = config->has_oom_score_adj ? config->oom_score_adj : 0;
	spec->annotations = config->annotations;
	spec->annotation_count = config->annotation_count;
}

/* The same key, whichever of dots and slashes separates its parts. */
static bool is_same_sysctl(const char *a, const char *b)
{
	while (*a && (*a == *b || (*a == '.' && *b == '/') || (*a == '/' && *b == '.')))
		a++, b++;
	return !*a && !*b;
}

/* The highest group id that this user namespace has, when it has them from 0 on. */
static const char *last_group(struct arena *arena)
{
	auto_strbuf struct strbuf map = {0};
	long long first = -1, count = 0;

	if (file_read(AT_FDCWD, "/proc/self/gid_map", 65536, &map, NULL) < 0 ||
	    sscanf(strbuf_text(&map), "%lld %*d %lld", &first, &count) != 2 || first != 0)
		return NULL;
	return arena_format(arena, "0 %lld", count - 1 < INT32_MAX ? count - 1 : INT32_MAX);
}

static void add_sysctl(struct spec *spec, const char *name, const char *value)
{
	auto_free char *path = alloc_format("/proc/sys/%s", name);

	for (size_t i = 0; i < spec->sysctl_count; i++)
		if (is_same_sysctl(spec->sysctls[i].name, name))
			return;
	if (value && access(path, F_OK) == 0)
		spec->sysctls[spec->sysctl_count++] = (struct pair){name, value};
}

/* In a network of its own a container's users may listen on every port and send pings: there is
 * nobody of the host's whom that could concern. Docker does the same. */
static void set_sysctls(struct spec *spec, const struct container_config *config,
			struct arena *arena)
{
	spec->sysctls = arena_array(arena, config->sysctl_count + 2, sizeof(*spec->sysctls));
	for (size_t i = 0; i < config->sysctl_count; i++)
		spec->sysctls[spec->sysctl_count++] = config->sysctls[i];
	if (namespace_mode_is_foreign(config->network_mode))
		return;
	add_sysctl(spec, "net/ipv4/ip_unprivileged_port_start", "0");
	add_sysctl(spec, "net/ipv4/ping_group_range", last_group(arena));
}

struct wanted_namespace {
	enum spec_namespace which;
	const char *mode;
	const char *file; /* below /proc/PID/ns */
};

static bool is_kept_private(const char *ipc_mode)
{
	return namespace_mode_is(ipc_mode, NAMESPACE_PRIVATE) ||
	       namespace_mode_is(ipc_mode, NAMESPACE_NONE);
}

int container_spec_check_donor(const struct container *donor, const char *what, struct error *err)
{
	struct process_id process = {donor->state.pid, donor->state.start_time};

	if (process_is_alive(&process))
		return 0;
	return error_set(err, ERROR_CONFLICT,
			 "cannot share the %s namespace of container %s: it is not running", what,
			 donor->name);
}

static int set_namespace(struct spec *spec, const struct spec_input *input,
			 const struct wanted_namespace *wanted, struct arena *arena,
			 struct error *err)
{
	struct spec_namespace_use *use = &spec->namespaces[wanted->which];
	struct namespace_mode mode = namespace_mode_parse(wanted->mode);
	struct container donor;

	*use = (struct spec_namespace_use){.own = mode.kind != NAMESPACE_HOST};
	if (mode.kind != NAMESPACE_CONTAINER)
		return 0;
	if (container_find(input->engine, mode.name, &donor, arena, err) < 0)
		return error_wrap(err, "cannot share the %s namespace", wanted->file);
	if (wanted->which == SPEC_NS_IPC && is_kept_private(donor.config.ipc_mode))
		return error_set(err, ERROR_CONFLICT,
				 "cannot share the ipc namespace of container %s, whose 'ipc' is "
				 "'%s': write 'ipc: shareable' there",
				 donor.name, donor.config.ipc_mode);
	if (container_spec_check_donor(&donor, wanted->file, err) < 0)
		return -1;
	use->path = arena_format(arena, "/proc/%d/ns/%s", donor.state.pid, wanted->file);
	return 0;
}

static int set_namespaces(struct spec *spec, const struct spec_input *input, struct arena *arena,
			  struct error *err)
{
	const struct container_config *config = &input->container->config;
	const struct wanted_namespace modes[] = {
		{SPEC_NS_PID, config->pid_mode, "pid"},
		{SPEC_NS_IPC, config->ipc_mode, "ipc"},
		{SPEC_NS_UTS, config->uts_mode, "uts"},
		{SPEC_NS_CGROUP, config->cgroup_mode, "cgroup"},
	};

	spec->namespaces[SPEC_NS_NETWORK].own =
		!namespace_mode_is(config->network_mode, NAMESPACE_HOST);
	for (size_t i = 0; i < array_length(modes); i++)
		if (set_namespace(spec, input, &modes[i], arena, err) < 0)
			return -1;
	return 0;
}

static const char *shared_hostname(const struct spec_input *input, struct arena *arena)
{
	auto_strbuf struct strbuf text = {0};
	char path[100];

	snprintf(path, sizeof(path), "%.64s/hostname", input->files_id);
	if (file_read(input->engine->layout.containers_fd, path, 4096, &text, NULL) < 0)
		return NULL;
	return arena_string_n(arena, strbuf_text(&text), strcspn(strbuf_text(&text), "\n"));
}

static void set_hostname(struct spec *spec, const struct spec_input *input, struct arena *arena)
{
	const struct container *container = input->container;

	if (!spec->namespaces[SPEC_NS_UTS].own || spec->namespaces[SPEC_NS_UTS].path)
		return;
	spec->hostname = container->config.hostname;
	if (input->files_id != container->id) /* a shared network has one name */
		spec->hostname = shared_hostname(input, arena);
	if (!spec->hostname)
		spec->hostname = arena_format(arena, "%.12s", container->id);
	spec->domainname = container->config.domainname;
}

static int set_cgroup(struct spec *spec, const struct container *container, struct arena *arena,
		      struct error *err)
{
	if (container_cgroup_check_parent(container->config.cgroup_parent, err) < 0)
		return -1;
	spec->cgroups_path = container_cgroup_path(container, arena);
	return 0;
}

int container_spec_build(struct spec *spec, const struct spec_input *input, struct arena *arena,
			 struct error *err)
{
	const struct container *container = input->container;
	const struct container_config *config = &container->config;

	spec_init_default(spec, arena);
	if (config->privileged)
		spec_make_privileged(spec, arena);
	spec->args = container->args;
	spec->cwd = container->working_dir;
	spec->terminal = config->tty;
	spec->user = input->identity->user;
	spec->root_readonly = config->read_only;
	spec->use_init = config->use_init;
	set_security(spec, config);
	set_sysctls(spec, config, arena);
	if (set_namespaces(spec, input, arena, err) < 0 ||
	    set_cgroup(spec, container, arena, err) < 0)
		return -1;
	set_hostname(spec, input, arena);
	set_environment(spec, input, arena);
	if (spec_devices_add(spec, config, arena, err) < 0)
		return -1;
	return spec_mounts_add(spec, input, arena, err);
}

void container_spec_release(struct spec *spec)
{
	for (size_t i = 0; i < spec->mount_count; i++)
		if (spec->mounts[i].source_fd > 0)
			close(spec->mounts[i].source_fd);
	spec->mount_count = 0;
}
