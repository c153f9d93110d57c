/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/setup.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/path.h"
#include "base/session.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "base/units.h"
#include "oci/console.h"
#include "oci/delete.h"
#include "oci/hooks.h"
#include "runtime/cgroup.h"
#include "runtime/cgroup_delegation.h"
#include "runtime/identity.h"
#include "runtime/resctrl.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#define LARGEST_CONFIG (64 << 20)

/* ---- the specification ----------------------------------------------------------------------- */

/* What the bundle says later on has no effect. */
static int copy_config(struct oci_setup *setup, struct error *err)
{
	const char *bundle = setup->request->bundle;
	auto_strbuf struct strbuf text = {0};
	auto_free char *path = path_join(bundle, OCI_CONFIG);

	if (file_read(AT_FDCWD, path, LARGEST_CONFIG, &text, err) < 0)
		return error_wrap(err, "the bundle '%s'", bundle);
	if (file_replace_volatile(setup->container.dirfd, OCI_CONFIG, text.text, text.length, 0600,
				  err) < 0)
		return -1;
	return oci_container_spec(&setup->container, &setup->spec, &setup->arena, err);
}

/* From the passwd of the root file system, as runc does. */
static const char *find_home(struct oci_setup *setup)
{
	const struct spec *spec = &setup->spec;
	auto_close int root = open(spec->root_path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	auto_free char *user = alloc_format("%u:%u", spec->user.uid, spec->user.gid);
	struct identity identity = {0};

	if (root < 0 || identity_resolve(&identity, &setup->arena, root, user, NULL, NULL) < 0)
		return NULL;
	return identity.home;
}

static void complete_env(struct oci_setup *setup)
{
	struct spec *spec = &setup->spec;
	auto_strvec struct strvec env = {0};
	const char *home = strvec_getenv(spec->env, "HOME") ? NULL : find_home(setup);

	strvec_add_all(&env, spec->env);
	if (home)
		strvec_addf(&env, "HOME=%s", home);
	if (setup->request->handed_over > 0) {
		strvec_addf(&env, "LISTEN_FDS=%d", setup->request->handed_over);
		strvec_add(&env, "LISTEN_PID=1");
	}
	spec->env = strvec_copy(&env, &setup->arena);
}

/* Those that every container has may be used, whatever the rules say: who writes a bundle relies on
 * the runtime for them. */
static void allow_default_devices(struct oci_setup *setup)
{
	struct spec_resources *resources = &setup->spec.resources;
	size_t count = resources->device_rule_count;
	struct spec_device_rule *rules;
	struct spec usual = {0};

	if (resources->all_devices)
		return;
	spec_init_default(&usual, &setup->arena);
	rules = arena_array(&setup->arena, count + usual.resources.device_rule_count + 1,
			    sizeof(*rules));
	if (count > 0)
		memcpy(rules, resources->device_rules, count * sizeof(*rules));
	for (size_t i = 0; i < usual.resources.device_rule_count; i++)
		if (usual.resources.device_rules[i].allow)
			rules[count++] = usual.resources.device_rules[i];
	resources->device_rules = rules;
	resources->device_rule_count = count;
}

static int read_bundle(struct oci_setup *setup, struct error *err)
{
	const char *bundle = setup->request->bundle;
	auto_free char *root = NULL;
	struct spec *spec = &setup->spec;

	if (copy_config(setup, err) < 0)
		return -1;
	if (!spec->root_path)
		return error_set(err, ERROR_INVALID, "config.json: root.path is missing");
	root = path_join(bundle, spec->root_path);
	spec->root_path = arena_string(&setup->arena, root);
	/* Sources of mounts are taken from there, too. */
	if (chdir(bundle) < 0)
		return error_errno(err, "cannot enter the bundle '%s'", bundle);
	complete_env(setup);
	allow_default_devices(setup);
	return 0;
}

static int check_terminal(const struct oci_setup *setup, bool is_attached, struct error *err)
{
	const char *socket = setup->request->console_socket;

	if (setup->spec.terminal && !socket && !is_attached)
		return error_set(err, ERROR_INVALID,
				 "process.terminal is set, and nobody would have the terminal: "
				 "name a --console-socket");
	if (!setup->spec.terminal && socket)
		return error_set(err, ERROR_INVALID,
				 "there is a --console-socket, but process.terminal is not set");
	return 0;
}

/* ---- the record ------------------------------------------------------------------------------ */

/* Relative ones are below the root of the hierarchy, as crun has it. */
static char *name_cgroup(const struct oci_setup *setup)
{
	const char *given = setup->spec.cgroups_path;

	/* Where systemd makes it is known when it is there. */
	if (setup->request->without_cgroup || setup->request->by_systemd)
		return alloc_string("");
	return given && *given ? path_join("/", given)
			       : alloc_format("/coracle-oci/%s", setup->container.id);
}

static json *copy_annotations(const struct spec *spec)
{
	json *object = json_new_object();

	for (size_t i = 0; i < spec->annotation_count; i++)
		json_set_string(object, spec->annotations[i].name, spec->annotations[i].value);
	return object;
}

static int write_record(struct oci_setup *setup, struct error *err)
{
	json *record = setup->container.record;
	struct timespec now = units_now();
	auto_free char *cgroup = name_cgroup(setup);
	auto_close int there = *cgroup ? cgroup_open(cgroup, NULL) : -1;
	char time[UNITS_TIME_SIZE];

	json_set_string(record, "ociVersion", "1.2.0");
	json_set_string(record, "bundle", setup->request->bundle);
	json_set_string(record, "rootfs", setup->spec.root_path);
	json_set_string(record, "created", units_format_time(time, &now));
	json_set_string(record, "owner", "root");
	json_set_string(record, "cgroupPath", cgroup);
	json_set_bool(record, "ownsCgroup", there < 0);
	json_set(record, "annotations", copy_annotations(&setup->spec));
	/* What comes to lie above this in our mount namespace is the container's. */
	if (!setup->spec.namespaces[SPEC_NS_MOUNT].own)
		json_set_int(record, "mountBelow",
			     (int64_t)oci_container_root_mount(&setup->container));
	return oci_container_save(&setup->container, err);
}

/* Noted when it is there: killed before that, its first process goes with us, and it with that. */
static int make_scope(struct oci_setup *setup, struct error *err)
{
	const struct spec *spec = &setup->spec;
	json *record = setup->container.record;
	auto_free char *slice = NULL, *name = NULL, *description = NULL;
	struct spec_resources resources = spec->resources;
	struct cgroup_scope_request request = {
		.resources = &spec->resources,
		.annotations = spec->annotations,
		.annotation_count = spec->annotation_count,
	};

	if (cgroup_scope_check(err) < 0 ||
	    cgroup_scope_parse(&slice, &name, spec->cgroups_path, setup->container.id, err) < 0)
		return -1;
	/* Beside the stand-in there has to be room for one more. */
	if (resources.pids_limit == 1)
		resources.pids_limit = 2;
	request.slice = slice;
	request.name = name;
	request.description = description =
		alloc_format("coracle container %s", setup->container.id);
	if (cgroup_scope_open(&setup->scope, &request, err) < 0)
		return -1;
	json_set_string(record, "systemdScope", name);
	json_set_string(record, "cgroupPath", setup->scope.path);
	if (oci_container_save(&setup->container, err) < 0)
		return -1;
	setup->cgroup_fd = cgroup_adopt(setup->scope.path, &resources, err);
	return setup->cgroup_fd < 0 ? -1 : 0;
}

static int end_stand_in(struct oci_setup *setup, struct error *err)
{
	const struct spec_resources *resources = &setup->spec.resources;

	cgroup_scope_release(&setup->scope);
	if (!setup->request->by_systemd || resources->pids_limit != 1)
		return 0;
	return cgroup_update(oci_container_cgroup(&setup->container), resources, err);
}

static int make_cgroup(struct oci_setup *setup, struct error *err)
{
	const char *path = oci_container_cgroup(&setup->container);
	struct error reason = {0};

	if (setup->request->by_systemd)
		return make_scope(setup, err);
	if (!*path)
		return 0;
	setup->cgroup_fd = cgroup_create(path, &setup->spec.resources, &reason);
	if (setup->cgroup_fd >= 0)
		return 0;
	if (reason.code != ERROR_UNSUPPORTED)
		return error_pass(err, &reason);
	log_warning("the container gets no cgroup of its own, and limits have no effect: %s",
		    reason.text);
	cgroup_warn_without(&setup->spec.resources);
	json_set_string(setup->container.record, "cgroupPath", "");
	return oci_container_save(&setup->container, err);
}

/* ---- the process ----------------------------------------------------------------------------- */

/* Its number is known from now on; that it is not ready yet says what is not in the record. */
static int run_hooks(void *data, pid_t pid, struct error *err)
{
	struct oci_setup *setup = data;

	if (process_identify(&setup->container.process, pid, err) < 0 ||
	    oci_container_save(&setup->container, err) < 0)
		return -1;
	return oci_hooks_created(&setup->container, &setup->spec, err);
}

/* Noted before any of it is made: whoever deletes the container takes away what is there. */
static int make_groups(struct oci_setup *setup, struct error *err)
{
	const struct spec_intel_rdt *rdt = &setup->spec.intel_rdt;
	auto_resctrl_plan struct resctrl_plan plan = {0};
	auto_free char *mount = NULL;

	if (!setup->spec.has_intel_rdt)
		return 0;
	mount = resctrl_find(err);
	if (!mount || resctrl_plan(&plan, mount, rdt, setup->container.id, err) < 0)
		return -1;
	json_set(setup->container.record, "resctrl", json_from_strings(plan.groups.items));
	json_set(setup->container.record, "ownResctrl", json_from_strings(plan.own.items));
	if (oci_container_save(&setup->container, err) < 0)
		return -1;
	return resctrl_make(&plan, mount, rdt, err);
}

int oci_setup_failed(struct error *err)
{
	return err->code == EISDIR ? error_append(err, ": permission denied") : -1;
}

static int start_process(struct oci_setup *setup, struct error *err)
{
	const struct oci_create_request *request = setup->request;
	auto_free char *filters = oci_container_filters(request->root);
	auto_strvec struct strvec groups = {0};
	struct spawn_request spawn = {
		.spec = &setup->spec,
		.rootfs_fd = -1,
		.netns_fd = -1,
		.stdio_fds = {0, 1, 2},
		.cgroup_fd = setup->cgroup_fd,
		.seccomp_cache = filters,
		.id = setup->container.id,
		.bundle = request->bundle,
		.preserved = request->preserved,
		.no_pivot = request->no_pivot,
		.run_hooks = run_hooks,
		.hooks_data = setup,
	};

	oci_container_groups(&setup->container, &groups);
	spawn.groups = groups.items;
	if (setup->is_apart) {
		setup->listen_fd = spawn_listen(setup->container.dirfd, OCI_START_SOCKET, err);
		if (setup->listen_fd < 0)
			return -1;
		spawn.listen_fd = setup->listen_fd;
	}
	if (request->keeps_keys)
		session_keep_keys();
	if (spawn_create(&setup->spawned, &spawn, err) < 0)
		return oci_setup_failed(err);
	if (end_stand_in(setup, err) < 0)
		return -1;
	return oci_container_set_process(&setup->container, setup->spawned.pid, err);
}

static int hand_terminal_over(struct oci_setup *setup, struct error *err)
{
	const char *socket = setup->request->console_socket;

	if (!socket)
		return 0;
	if (oci_console_send(socket, setup->spawned.terminal_fd, err) < 0)
		return -1;
	close(take_fd(&setup->spawned.terminal_fd));
	return 0;
}

int oci_setup_write_pid(const char *path, pid_t pid, struct error *err)
{
	auto_free char *text = path ? alloc_format("%d", (int)pid) : NULL;

	return path ? file_replace_volatile(AT_FDCWD, path, text, strlen(text), 0644, err) : 0;
}

/* ---- all of it ------------------------------------------------------------------------------- */

void oci_setup_release(struct oci_setup *setup)
{
	spawn_release(&setup->spawned);
	cleanup_close(&setup->listen_fd);
	cleanup_close(&setup->cgroup_fd);
	cgroup_scope_release(&setup->scope);
	oci_container_release(&setup->container);
	arena_release(&setup->arena);
}

void oci_setup_undo(struct oci_setup *setup)
{
	struct error err = {0};

	/* Not reaped, a process keeps its cgroup. */
	cgroup_scope_release(&setup->scope);
	if (setup->spawned.pidfd >= 0) {
		process_signal(setup->spawned.pidfd, SIGKILL, NULL);
		process_reap(setup->spawned.pid);
	}
	if (oci_delete_locked(&setup->container, &err) < 0)
		log_warning("%s", err.text);
}

static int build(struct oci_setup *setup, bool is_attached, struct error *err)
{
	if (read_bundle(setup, err) < 0 || check_terminal(setup, is_attached, err) < 0 ||
	    write_record(setup, err) < 0 || make_cgroup(setup, err) < 0 ||
	    cgroup_delegation_apply(setup->cgroup_fd, &setup->spec, err) < 0 ||
	    make_groups(setup, err) < 0 || start_process(setup, err) < 0 ||
	    hand_terminal_over(setup, err) < 0)
		return -1;
	return oci_setup_write_pid(setup->request->pid_file, setup->spawned.pid, err);
}

int oci_setup_make(struct oci_setup *setup, const struct oci_create_request *request,
		   bool is_attached, struct error *err)
{
	setup->request = request;
	if (oci_container_make(&setup->container, request->root, request->id, err) < 0)
		return -1;
	if (build(setup, is_attached, err) == 0)
		return 0;
	oci_setup_undo(setup);
	return -1;
}
