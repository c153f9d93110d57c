/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/own_args.h"

#include <string.h>

#include "base/pair.h"
#include "base/units.h"
#include "builder/build_private.h"

#define HOSTNAME      "BUILDKIT_SANDBOX_HOSTNAME"
#define GIT_DIRECTORY "BUILDKIT_CONTEXT_KEEP_GIT_DIR"
#define INLINE_CACHE  "BUILDKIT_INLINE_CACHE"

bool own_args_has(const char *name)
{
	static const char *const names[] = {HOSTNAME, GIT_DIRECTORY, INLINE_CACHE, NULL};

	for (const char *const *own = names; *own; own++)
		if (strcmp(*own, name) == 0)
			return true;
	return false;
}

static const char *find(const struct build *build, const char *name)
{
	return pair_find(build->args, build->arg_count, name);
}

static bool is_set(const struct build *build, const char *name)
{
	const char *text = find(build, name);
	bool value = false;

	return text && units_parse_bool(&value, text, NULL) == 0 && value;
}

const char *own_args_hostname(const struct build *build)
{
	const char *name = find(build, HOSTNAME);

	return name && *name ? name : NULL;
}

bool own_args_keeps_git_directory(const struct build *build)
{
	return is_set(build, GIT_DIRECTORY);
}

bool own_args_wants_inline_cache(const struct build *build)
{
	return is_set(build, INLINE_CACHE);
}
