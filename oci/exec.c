/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/exec.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strvec.h"
#include "base/units.h"
#include "oci/attend.h"
#include "oci/console.h"
#include "oci/container.h"
#include "oci/setup.h"
#include "runtime/cgroup.h"
#include "runtime/exec.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

struct session {
	const struct oci_exec_request *request;
	struct oci_container container;
	struct arena arena;
	struct spec spec;
	struct exec_process process;
	int pidfd, cgroup_fd;
};

/* ---- what is executed ------------------------------------------------------------------------ */

static int read_process(struct session *session, struct error *err)
{
	const char *path = session->request->process_file;
	auto_json json *process = json_load(AT_FDCWD, path, err);

	return process ? spec_read_process(&session->spec, process, &session->arena, err) : -1;
}

static int add_capabilities(struct spec *spec, char **names, struct error *err)
{
	for (char **name = names; name && *name; name++) {
		int number = spec_capability(*name);
		uint64_t bit = UINT64_C(1) << (number < 0 ? 0 : number);

		if (number < 0)
			return error_set(err, ERROR_INVALID, "there is no capability '%s'", *name);
		spec->capabilities.bounding |= bit;
		spec->capabilities.effective |= bit;
		spec->capabilities.permitted |= bit;
	}
	return 0;
}

static int add_groups(struct session *session, struct error *err)
{
	struct spec_user *user = &session->spec.user;
	char **texts = session->request->groups;
	size_t more = 0;
	gid_t *groups;

	while (texts && texts[more])
		more++;
	groups = arena_array(&session->arena, user->group_count + more + 1, sizeof(gid_t));
	if (user->group_count > 0)
		memcpy(groups, user->groups, user->group_count * sizeof(gid_t));
	user->groups = groups;
	for (size_t i = 0; i < more; i++)
		if (units_parse_id(&groups[user->group_count++], texts[i], err) < 0)
			return error_wrap(err, "--additional-gids");
	return 0;
}

static int change_process(struct session *session, struct error *err)
{
	const struct oci_exec_request *request = session->request;
	struct spec *spec = &session->spec;
	auto_strvec struct strvec env = {0};

	strvec_add_all(&env, spec->env);
	for (char **item = request->env; item && *item; item++)
		strvec_setenv(&env, *item);
	spec->env = strvec_copy(&env, &session->arena);
	spec->args = request->args;
	spec->terminal = request->terminal;
	if (request->cwd)
		spec->cwd = request->cwd;
	if (request->apparmor_profile)
		spec->apparmor_profile = request->apparmor_profile;
	if (request->label)
		spec->selinux_label = request->label;
	spec->no_new_privileges |= request->no_new_privileges;
	if (add_capabilities(spec, request->capabilities, err) < 0)
		return -1;
	return add_groups(session, err);
}

/* ---- where ----------------------------------------------------------------------------------- */

static int check_status(const struct session *session, struct error *err)
{
	enum oci_status status = oci_container_status(&session->container);
	const char *id = session->container.id;

	if (status == OCI_STOPPED)
		return error_set(err, ERROR_CONFLICT,
				 "cannot exec in a stopped container: '%s' is not running", id);
	if (status == OCI_CREATING)
		return error_set(err, ERROR_CONFLICT, "container '%s' is just being created", id);
	if (status == OCI_PAUSED && !session->request->ignores_paused)
		return error_set(err, ERROR_CONFLICT,
				 "cannot exec in a paused container: resume '%s', or use "
				 "--ignore-paused",
				 id);
	return 0;
}

/* A container that has divided its cgroup, as a service manager does, keeps no process in it: where
 * its first one is, there is room. */
static int open_place_of_first(struct session *session, struct error *err)
{
	auto_free char *path = cgroup_path_of(session->container.process.pid, err);

	cleanup_close(&session->cgroup_fd);
	session->cgroup_fd = path ? cgroup_open(path, err) : -1;
	return session->cgroup_fd < 0 ? -1 : 0;
}

static int open_cgroup(struct session *session, struct error *err)
{
	const char *path = oci_container_cgroup(&session->container);
	auto_free char *below = NULL;

	if (!*path)
		return 0;
	if (session->request->cgroup)
		below = alloc_format("%s/%s", path, session->request->cgroup);
	session->cgroup_fd = cgroup_open(below ? below : path, err);
	if (session->cgroup_fd < 0)
		return -1;
	return below || !cgroup_is_divided(session->cgroup_fd) ? 0
							       : open_place_of_first(session, err);
}

static int prepare(struct session *session, struct error *err)
{
	const struct oci_exec_request *request = session->request;

	if (oci_container_open(&session->container, request->root, request->id, err) < 0 ||
	    check_status(session, err) < 0 ||
	    oci_container_spec(&session->container, &session->spec, &session->arena, err) < 0)
		return -1;
	if ((request->process_file ? read_process(session, err) : change_process(session, err)) < 0)
		return -1;
	if (!session->spec.args || !session->spec.args[0])
		return error_set(err, ERROR_INVALID, "no command to run");
	if (session->spec.terminal && request->detach && !request->console_socket)
		return error_set(err, ERROR_INVALID,
				 "nobody would have the terminal: name a --console-socket");
	if (!session->spec.terminal && request->console_socket)
		return error_set(err, ERROR_INVALID,
				 "there is a --console-socket, but no terminal is asked for");
	session->pidfd = oci_container_pidfd(&session->container, err);
	return session->pidfd < 0 ? -1 : open_cgroup(session, err);
}

static int start(struct session *session, struct error *err)
{
	const struct oci_exec_request *request = session->request;
	auto_free char *filters = oci_container_filters(request->root);
	auto_strvec struct strvec groups = {0};
	struct exec_request exec = {
		.spec = &session->spec,
		.init_pidfd = session->pidfd,
		.init_pid = session->container.process.pid,
		.cgroup_fd = session->cgroup_fd,
		.args = session->spec.args,
		.env = session->spec.env,
		.user = request->user,
		.terminal = session->spec.terminal,
		.stdio_fds = {0, 1, 2},
		.seccomp_cache = filters,
		.id = session->container.id,
		.bundle = json_string(session->container.record, "bundle", NULL),
		.preserved = request->preserved,
	};

	oci_container_groups(&session->container, &groups);
	exec.groups = groups.items;
	return exec_start(&session->process, &exec, err) == 0 ? 0 : oci_setup_failed(err);
}

static int finish(struct session *session, struct error *err)
{
	const struct oci_exec_request *request = session->request;
	struct exec_process *process = &session->process;
	struct oci_child child;

	if (request->console_socket) {
		if (oci_console_send(request->console_socket, process->terminal_fd, err) < 0)
			return -1;
		close(take_fd(&process->terminal_fd));
	}
	if (oci_setup_write_pid(request->pid_file, process->pid, err) < 0)
		return -1;
	if (request->detach)
		return 0;
	child = (struct oci_child){process->pid, process->pidfd, process->terminal_fd};
	return oci_attend(&child, err);
}

static int run(struct session *session, struct error *err)
{
	int code;

	if (prepare(session, err) < 0 || start(session, err) < 0)
		return -1;
	code = finish(session, err);
	if (code < 0)
		process_signal(session->process.pidfd, SIGKILL, NULL);
	return code;
}

int oci_exec(const struct oci_exec_request *request, struct error *err)
{
	struct session session = {
		.request = request,
		.container = OCI_NO_CONTAINER,
		.process = {-1, -1, -1},
		.pidfd = -1,
		.cgroup_fd = -1,
	};
	int code;

	if (!request->detach)
		oci_attend_begin();
	code = run(&session, err);
	cleanup_close(&session.process.pidfd);
	cleanup_close(&session.process.terminal_fd);
	cleanup_close(&session.pidfd);
	cleanup_close(&session.cgroup_fd);
	oci_container_release(&session.container);
	arena_release(&session.arena);
	return code;
}
