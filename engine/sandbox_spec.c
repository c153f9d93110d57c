/* SPDX-License-Identifier: Apache-2.0 */
/* What a sandbox's process is to the runtime. */
#include "engine/sandbox_private.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "base/strvec.h"
#include "engine/namespace_mode.h"

#include <stdio.h>
#include <string.h>

static void set_environment(struct sandbox *sandbox)
{
	auto_strvec struct strvec env = {0};
	const char *home;

	strvec_add_all(&env, sandbox->request->env);
	home = strvec_getenv(env.items, "HOME");
	if (!home || !*home) {
		strvec_unsetenv(&env, "HOME");
		strvec_addf(&env, "HOME=%s", sandbox->identity.home);
	}
	sandbox->spec.env = strvec_copy(&env, &sandbox->arena);
}

static void set_shm_size(struct sandbox *sandbox)
{
	struct spec *spec = &sandbox->spec;

	for (size_t i = 0; i < spec->mount_count && sandbox->request->shm_size > 0; i++) {
		if (strcmp(spec->mounts[i].destination, "/dev/shm") != 0)
			continue;
		for (char **option = spec->mounts[i].options; *option; option++)
			if (strncmp(*option, "size=", 5) == 0)
				*option = arena_format(&sandbox->arena, "size=%lld",
						       (long long)sandbox->request->shm_size);
	}
}

static void add_mounts(struct sandbox *sandbox)
{
	const struct sandbox_request *request = sandbox->request;
	struct spec *spec = &sandbox->spec;
	size_t count = spec->mount_count + request->mount_count;
	struct spec_mount *all = arena_array(&sandbox->arena, count + 2, sizeof(*all));

	memcpy(all, spec->mounts, spec->mount_count * sizeof(*all));
	if (request->mount_count)
		memcpy(all + spec->mount_count, request->mounts,
		       request->mount_count * sizeof(*all));
	spec->mounts = all;
	spec->mount_count = count;
	sandbox_add_network_files(sandbox);
}

int sandbox_build_spec(struct sandbox *sandbox, struct error *err)
{
	const struct sandbox_request *request = sandbox->request;
	struct spec *spec = &sandbox->spec;

	(void)err;
	spec_init_default(spec, &sandbox->arena);
	if (request->is_privileged)
		spec_make_privileged(spec, &sandbox->arena);
	spec->args = request->args;
	spec->cwd = request->working_dir && *request->working_dir ? request->working_dir : "/";
	spec->user = sandbox->identity.user;
	spec->hostname = request->hostname;
	spec->rlimits = request->ulimits;
	spec->rlimit_count = request->ulimit_count;
	spec->cgroups_path = sandbox->cgroup_path;
	spec->namespaces[SPEC_NS_NETWORK].own =
		!namespace_mode_is(request->network, NAMESPACE_HOST);
	set_environment(sandbox);
	if (request->resources)
		spec_set_limits(spec, request->resources);
	set_shm_size(sandbox);
	add_mounts(sandbox);
	return 0;
}
