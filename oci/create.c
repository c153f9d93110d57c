/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/create.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/log.h"
#include "oci/attend.h"
#include "oci/delete.h"
#include "oci/hooks.h"
#include "oci/setup.h"

#include <signal.h>

/* How long a killed process may take. */
#define PATIENCE_MS 10000

/* ---- create and start ------------------------------------------------------------------------ */

int oci_create(const struct oci_create_request *request, struct error *err)
{
	auto_oci_setup struct oci_setup setup = OCI_NO_SETUP;

	setup.is_apart = true;
	if (oci_setup_make(&setup, request, false, err) < 0)
		return -1;
	if (spawn_leave(&setup.spawned, err) == 0)
		return 0;
	oci_setup_undo(&setup);
	return -1;
}

/* A start has failed that cannot be repeated: it has stopped, and delete takes it away. */
static void end_process(const struct oci_container *container)
{
	auto_close int pidfd = oci_container_pidfd(container, NULL);

	if (pidfd >= 0 && process_signal(pidfd, SIGKILL, NULL) == 0)
		process_wait_exit(pidfd, PATIENCE_MS, NULL);
}

int oci_start(const char *root, const char *id, struct error *err)
{
	auto_oci_container struct oci_container container = OCI_NO_CONTAINER;
	auto_arena struct arena arena = {0};
	auto_close int fd = -1;
	enum oci_status status;
	struct spec spec;

	if (oci_container_lock(&container, root, id, err) < 0)
		return -1;
	status = oci_container_status(&container);
	if (status != OCI_CREATED)
		return error_set(err, ERROR_CONFLICT,
				 "cannot start container '%s': it is %s, not created", id,
				 oci_status_names[status]);
	if (oci_container_spec(&container, &spec, &arena, err) < 0)
		return -1;
	fd = spawn_reach(container.dirfd, OCI_START_SOCKET, err);
	if (fd < 0)
		return -1;
	if (oci_hooks_start(&container, &spec, err) < 0 || spawn_let_go(fd, err) < 0) {
		end_process(&container);
		return -1;
	}
	oci_hooks_started(&container, &spec);
	return 0;
}

/* ---- run ------------------------------------------------------------------------------------- */

static int let_go(struct oci_setup *setup, struct error *err)
{
	if (oci_hooks_start(&setup->container, &setup->spec, err) < 0)
		return -1;
	if (spawn_start(&setup->spawned, err) < 0) {
		close(take_fd(&setup->spawned.pidfd)); /* it is reaped already */
		setup->spawned.pidfd = -1;
		return -1;
	}
	oci_hooks_started(&setup->container, &setup->spec);
	return 0;
}

static int wait_for_end(struct oci_setup *setup, const struct oci_run_request *request,
			struct error *err)
{
	struct oci_child child = {setup->spawned.pid, setup->spawned.pidfd,
				  setup->spawned.terminal_fd};
	struct error reason = {0};
	int code;

	oci_container_unlock(&setup->container);
	code = oci_attend(&child, err);
	/* Somebody else may have deleted it meanwhile. */
	if (!request->keep &&
	    oci_delete(request->create.root, request->create.id, true, &reason) < 0)
		log_warning("%s", reason.text);
	return code;
}

int oci_run(const struct oci_run_request *request, struct error *err)
{
	auto_oci_setup struct oci_setup setup = OCI_NO_SETUP;

	if (!request->detach)
		oci_attend_begin();
	if (oci_setup_make(&setup, &request->create, !request->detach, err) < 0)
		return -1;
	if (let_go(&setup, err) < 0) {
		oci_setup_undo(&setup);
		return -1;
	}
	return request->detach ? 0 : wait_for_end(&setup, request, err);
}
