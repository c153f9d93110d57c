/* SPDX-License-Identifier: Apache-2.0 */
/* What every check does on its way: notes what it finds, asks whether it may repair it, lists
 * names. */
#include <dirent.h>
#include <fcntl.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/strvec.h"
#include "storage/check/check_private.h"

struct check_finding *check_add(struct check *check, enum check_weight weight, const char *kind,
				const char *object, const char *problem)
{
	struct check_finding *finding = arena_alloc(check->arena, sizeof(*finding));

	*finding = (struct check_finding){
		.weight = weight,
		.kind = kind,
		.object = arena_string(check->arena, object),
		.problem = problem,
	};
	check->findings = arena_grow(check->arena, check->findings, check->count,
				     sizeof(struct check_finding *));
	check->findings[check->count++] = finding;
	return finding;
}

struct check_finding *check_find(struct check_walk *walk, enum check_weight weight,
				 const char *kind, const char *object, const char *problem)
{
	return check_add(walk->check, weight, kind, object, problem);
}

bool check_may(struct check_walk *walk, struct check_finding *finding)
{
	bool is_damage = finding->weight == CHECK_DAMAGE;

	if (walk->check->is_dry)
		finding->action = is_damage ? "'coracle system check --repair' would repair it"
					    : "'coracle system check' would remove it";
	else if (is_damage && !walk->check->is_repair)
		finding->action = "repair it with 'coracle system check --repair'";
	else
		return true;
	return false;
}

void check_repaired(struct check_finding *finding, const char *action)
{
	finding->action = action;
	finding->is_repaired = true;
}

const char *check_digest(struct check_walk *walk, const char *hex)
{
	return arena_format(walk->arena, "sha256:%.12s", hex);
}

int check_list(struct check_walk *walk, int dirfd, const char *path, struct strvec *names,
	       struct error *err)
{
	int fd = openat(dirfd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	auto_closedir DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (!dir)
		return error_errno(err, "cannot list '%s' below '%s'", path, walk->layout->root);
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			strvec_add(names, entry->d_name);
	strvec_sort(names);
	return 0;
}
