/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/delete.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/log.h"
#include "oci/hooks.h"
#include "runtime/cgroup.h"
#include "runtime/cgroup_scope.h"
#include "runtime/resctrl.h"

#include <errno.h>
#include <signal.h>
#include <sys/mount.h>

/* How long a killed process may take. */
#define PATIENCE_MS 10000

/* A scope that systemd has taken away by itself is no more when its cgroup is no more. */
static int remove_cgroup(const struct oci_container *container, struct error *err)
{
	const char *path = oci_container_cgroup(container);
	const char *scope = json_string(container->record, "systemdScope", NULL);
	auto_close int fd = -1;
	struct error reason = {0};

	if (!*path || !json_flag(container->record, "ownsCgroup", false))
		return 0;
	fd = scope ? cgroup_open(path, NULL) : -1;
	if (cgroup_destroy(path, err) < 0)
		return -1;
	if (fd >= 0 && cgroup_scope_stop(scope, &reason) < 0)
		log_warning("%s", reason.text);
	return 0;
}

static int remove_groups(const struct oci_container *container, struct error *err)
{
	const json *groups = json_get(container->record, "ownResctrl");

	for (size_t i = 0; i < json_length(groups); i++)
		if (json_string_at(groups, i) && resctrl_remove(json_string_at(groups, i), err) < 0)
			return -1;
	return 0;
}

/* Of one that has no mount namespace, whose mounts would stay. */
static int detach_root(const struct oci_container *container, struct error *err)
{
	const char *root = json_string(container->record, "rootfs", "");
	int64_t below = json_int(container->record, "mountBelow", 0);

	if (below == 0 || (int64_t)oci_container_root_mount(container) == below ||
	    umount2(root, MNT_DETACH | UMOUNT_NOFOLLOW) == 0 || errno == EINVAL || errno == ENOENT)
		return 0;
	return error_errno(err, "cannot detach '%s'", root);
}

int oci_delete_locked(struct oci_container *container, struct error *err)
{
	auto_arena struct arena arena = {0};
	struct spec spec;
	struct error reason = {0};
	bool has_spec = oci_container_spec(container, &spec, &arena, &reason) == 0;

	if (remove_cgroup(container, err) < 0 || remove_groups(container, err) < 0 ||
	    detach_root(container, err) < 0 || oci_container_remove(container, err) < 0)
		return -1;
	if (has_spec)
		oci_hooks_stopped(container, &spec);
	return 0;
}

/* Not under its lock: whoever creates or starts it may wait for the very process. */
static int kill_process(const struct oci_container *container, struct error *err)
{
	auto_close int pidfd = process_open(&container->process, NULL);
	auto_close int cgroup = -1;

	if (pidfd < 0 || process_has_exited(pidfd))
		return 0;
	/* Frozen, it would not end before Linux 5.14's cgroup.kill. */
	cgroup = oci_container_open_cgroup(container);
	if (cgroup >= 0 && cgroup_is_frozen(cgroup))
		cgroup_freeze(cgroup, false, NULL);
	if (process_signal(pidfd, SIGKILL, err) < 0 && err->code != ESRCH)
		return -1;
	return process_wait_exit(pidfd, PATIENCE_MS, err) < 0
		       ? error_wrap(err, "cannot kill process %d", container->process.pid)
		       : 0;
}

static int check_stopped(const struct oci_container *container, struct error *err)
{
	enum oci_status status = oci_container_status(container);

	/* One that was never started has nothing to lose: so runc and crun think, and who calls
	 * them relies on it. */
	if (status == OCI_STOPPED || status == OCI_CREATED)
		return 0;
	return error_set(err, ERROR_CONFLICT,
			 "cannot delete container '%s' that is not stopped: %s (--force kills it)",
			 container->id, oci_status_names[status]);
}

static int kill_first(const char *root, const char *id, bool force, struct error *err)
{
	auto_oci_container struct oci_container container = OCI_NO_CONTAINER;

	if (oci_container_open(&container, root, id, err) < 0 ||
	    (!force && check_stopped(&container, err) < 0))
		return -1;
	return kill_process(&container, err);
}

int oci_delete(const char *root, const char *id, bool force, struct error *err)
{
	auto_oci_container struct oci_container container = OCI_NO_CONTAINER;
	struct error reason = {0};

	if (kill_first(root, id, force, &reason) < 0 ||
	    oci_container_lock(&container, root, id, &reason) < 0) {
		if (force && reason.code == ERROR_NOT_FOUND)
			return 0;
		return error_pass(err, &reason);
	}
	/* A start that was at work meanwhile has gone further. */
	if (kill_process(&container, err) < 0)
		return -1;
	return oci_delete_locked(&container, err);
}
