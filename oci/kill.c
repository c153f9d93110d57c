/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/kill.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "oci/container.h"
#include "runtime/cgroup.h"
#include "runtime/residents.h"

#include <errno.h>
#include <signal.h>

/* Without a cgroup they are known by their mount namespace. */
static int find_pids(const struct oci_container *container, pid_t **pids, size_t *count,
		     struct error *err)
{
	auto_close int cgroup = oci_container_open_cgroup(container);

	if (cgroup >= 0)
		return cgroup_list_pids(cgroup, pids, count, err);
	return residents_list(container->process.pid, pids, count, err);
}

static int not_running(const char *id, struct error *err)
{
	return error_set(err, ESRCH, "container not running: no process of '%s' is left", id);
}

static int kill_all(const struct oci_container *container, int number, struct error *err)
{
	auto_close int cgroup = oci_container_open_cgroup(container);
	auto_free pid_t *pids = NULL;
	size_t count = 0;

	/* That nothing is left is what who asks for it wants. */
	if (find_pids(container, &pids, &count, NULL) < 0)
		return 0;
	if (number == SIGKILL && cgroup >= 0)
		return cgroup_kill(cgroup, err);
	for (size_t i = 0; i < count; i++)
		if (pids[i] > 0 && kill(pids[i], number) < 0 && errno != ESRCH)
			return error_errno(err, "cannot send signal %d to process %d", number,
					   pids[i]);
	return 0;
}

int oci_kill(const char *root, const char *id, int signal, bool all, struct error *err)
{
	auto_oci_container struct oci_container container = OCI_NO_CONTAINER;
	auto_close int pidfd = -1;

	if (oci_container_open(&container, root, id, err) < 0)
		return -1;
	if (all)
		return kill_all(&container, signal, err);
	pidfd = oci_container_pidfd(&container, err);
	if (pidfd < 0)
		return -1;
	if (process_signal(pidfd, signal, err) == 0)
		return 0;
	return err->code == ESRCH ? not_running(id, err) : -1;
}

static int open_freezer(const struct oci_container *container, struct error *err)
{
	int fd = oci_container_open_cgroup(container);

	if (fd < 0)
		return error_set(err, ERROR_UNSUPPORTED,
				 "container '%s' has no cgroup of its own that could be paused",
				 container->id);
	return fd;
}

static int set_frozen(const char *root, const char *id, bool frozen, struct error *err)
{
	auto_oci_container struct oci_container container = OCI_NO_CONTAINER;
	auto_close int cgroup = -1;
	enum oci_status status;

	if (oci_container_lock(&container, root, id, err) < 0)
		return -1;
	status = oci_container_status(&container);
	if (frozen ? status != OCI_RUNNING && status != OCI_CREATED : status != OCI_PAUSED)
		return error_set(err, ERROR_CONFLICT, "cannot %s container '%s': it is %s",
				 frozen ? "pause" : "resume", id, oci_status_names[status]);
	cgroup = open_freezer(&container, err);
	return cgroup < 0 ? -1 : cgroup_freeze(cgroup, frozen, err);
}

int oci_pause(const char *root, const char *id, struct error *err)
{
	return set_frozen(root, id, true, err);
}

int oci_resume(const char *root, const char *id, struct error *err)
{
	return set_frozen(root, id, false, err);
}

int oci_list_pids(const char *root, const char *id, pid_t **pids, size_t *count, struct error *err)
{
	auto_oci_container struct oci_container container = OCI_NO_CONTAINER;

	if (oci_container_open(&container, root, id, err) < 0)
		return -1;
	return find_pids(&container, pids, count, err);
}
