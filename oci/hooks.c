/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/hooks.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/strbuf.h"
#include "runtime/exec.h"
#include "runtime/hook.h"

#include <string.h>
#include <sys/mman.h>

static int write_state(const struct oci_container *container, enum oci_status status,
		       struct error *err)
{
	auto_close int fd = memfd_create("coracle-state", MFD_CLOEXEC);
	auto_json json *state = oci_container_state(container, status);
	auto_strbuf struct strbuf text = {0};

	json_print_exact(&text, state);
	if (fd < 0)
		return error_errno(err, "cannot make a file for the hooks");
	if (file_write_all(fd, text.text, text.length, err) < 0)
		return -1;
	return take_fd(&fd);
}

int oci_hooks_created(const struct oci_container *container, const struct spec *spec,
		      struct error *err)
{
	/* "creating" is the state before the first of them (runtime.md, lifecycle). */
	auto_close int state = write_state(container, OCI_CREATED, err);

	if (state < 0)
		return -1;
	for (enum spec_hook_kind kind = SPEC_HOOK_PRESTART; kind <= SPEC_HOOK_CREATE_RUNTIME;
	     kind++) {
		struct hook_place place = {.kind = spec_hook_name(kind), .input_fd = state};

		if (hook_run_all(&spec->hooks[kind], &place, err) < 0)
			return -1;
	}
	return take_fd(&state);
}

static int start_inside(struct exec_process *process, const struct hook_start *hook, void *data,
			struct error *err)
{
	struct exec_request request = *(const struct exec_request *)data;

	request.program = hook->path;
	request.args = hook->args;
	request.env = hook->env;
	request.exact_env = true;
	memcpy(request.stdio_fds, hook->fds, sizeof(request.stdio_fds));
	return exec_start(process, &request, err);
}

int oci_hooks_start(const struct oci_container *container, const struct spec *spec,
		    struct error *err)
{
	const struct spec_hooks *hooks = &spec->hooks[SPEC_HOOK_START_CONTAINER];
	auto_close int state = -1, pidfd = -1, cgroup = -1;
	auto_free char *filters = NULL;
	struct exec_request request = {.spec = spec, .init_pid = container->process.pid};
	struct hook_place place = {.kind = spec_hook_name(SPEC_HOOK_START_CONTAINER),
				   .start = start_inside,
				   .data = &request};

	if (hooks->count == 0)
		return 0;
	state = write_state(container, OCI_CREATED, err);
	pidfd = state < 0 ? -1 : oci_container_pidfd(container, err);
	if (pidfd < 0)
		return -1;
	cgroup = oci_container_open_cgroup(container);
	filters = oci_container_filters(container->root);
	place.input_fd = state;
	request.init_pidfd = pidfd;
	request.cgroup_fd = cgroup;
	request.seccomp_cache = filters;
	return hook_run_all(hooks, &place, err);
}

static void try_all(const struct oci_container *container, const struct spec *spec,
		    enum spec_hook_kind kind, enum oci_status status)
{
	auto_close int state = -1;
	struct error err;

	if (spec->hooks[kind].count == 0)
		return;
	state = write_state(container, status, &err);
	if (state < 0)
		log_warning("the %s hooks do not run: %s", spec_hook_name(kind), err.text);
	else
		hook_try_all(&spec->hooks[kind],
			     &(struct hook_place){.kind = spec_hook_name(kind), .input_fd = state});
}

void oci_hooks_started(const struct oci_container *container, const struct spec *spec)
{
	try_all(container, spec, SPEC_HOOK_POSTSTART, OCI_RUNNING);
}

void oci_hooks_stopped(const struct oci_container *container, const struct spec *spec)
{
	try_all(container, spec, SPEC_HOOK_POSTSTOP, OCI_STOPPED);
}
