/* SPDX-License-Identifier: Apache-2.0 */
/* Whose namespaces the container has: --pid, --ipc, --uts, --userns, --cgroupns. */
#include "cli/request/request_private.h"

#include "base/cleanup.h"
#include "engine/namespace_mode.h"

#define KIND(kind) (1U << (kind))

struct mode {
	const char *text;
	const char **out;
	unsigned allowed; /* bits of enum namespace_kind */
	const char *problem;
};

static int set_mode(const struct mode *mode, struct error *err)
{
	struct namespace_mode parsed = namespace_mode_parse(mode->text);

	if (!mode->text || !*mode->text)
		return 0;
	if (!(KIND(parsed.kind) & mode->allowed) || (parsed.name && !*parsed.name))
		return error_set(err, ERROR_INVALID, "%s", mode->problem);
	*mode->out = mode->text;
	return 0;
}

int request_fill_modes(struct request *request, struct error *err)
{
	const struct request_options *options = request->options;
	struct container_config *config = request->config;
	const char *ignored; /* of users there is one namespace, the host's */
	const struct mode modes[] = {
		{options->pid, &config->pid_mode, KIND(NAMESPACE_HOST) | KIND(NAMESPACE_CONTAINER),
		 "--pid: invalid PID mode"},
		{options->ipc, &config->ipc_mode,
		 KIND(NAMESPACE_HOST) | KIND(NAMESPACE_CONTAINER) | KIND(NAMESPACE_NONE) |
			 KIND(NAMESPACE_PRIVATE) | KIND(NAMESPACE_SHAREABLE),
		 "--ipc: invalid IPC mode"},
		{options->uts, &config->uts_mode, KIND(NAMESPACE_HOST), "--uts: invalid UTS mode"},
		{options->userns, &ignored, KIND(NAMESPACE_HOST), "--userns: invalid USER mode"},
		{options->cgroupns, &config->cgroup_mode,
		 KIND(NAMESPACE_HOST) | KIND(NAMESPACE_PRIVATE), "--cgroupns: invalid CGROUP mode"},
	};

	for (size_t i = 0; i < array_length(modes); i++)
		if (set_mode(&modes[i], err) < 0)
			return -1;
	config->cgroup_parent = options->cgroup_parent;
	if (namespace_mode_is(config->uts_mode, NAMESPACE_HOST) && config->hostname)
		return error_set(err, ERROR_INVALID,
				 "conflicting options: hostname and the UTS mode");
	return 0;
}
