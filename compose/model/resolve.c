/* SPDX-License-Identifier: Apache-2.0 */
#include "compose/model/resolve.h"

#include "compose/model/problems.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/path.h"

#include <string.h>

char *resolve_path(struct walk *walk, const char *directory, const char *path)
{
	auto_free char *joined = NULL, *clean = NULL;

	if (*path == '/' || (walk->keep_variables && *path == '$'))
		return arena_string(walk->arena, path);
	if (walk->home && path[0] == '~' && (path[1] == '/' || !path[1]))
		joined = alloc_format("%s%s", walk->home, path + 1);
	else
		joined = path_join(directory, *path ? path : ".");
	clean = path_clean(joined);
	return arena_string(walk->arena, clean);
}

bool resolve_is_remote(const char *text)
{
	static const char *const starts[] = {
		"service:", "docker-image:", "oci-layout:", "git@", "github.com/", "target:"};

	if (strstr(text, "://"))
		return true;
	for (size_t i = 0; i < array_length(starts); i++)
		if (strncmp(text, starts[i], strlen(starts[i])) == 0)
			return true;
	return false;
}
