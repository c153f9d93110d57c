/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/container_claim.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/path.h"
#include "engine/container_connect.h"
#include "engine/container_event.h"
#include "engine/container_json.h"
#include "engine/container_names.h"
#include "engine/container_remains.h"
#include "engine/container_store.h"
#include "engine/labels.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int refuse_name(struct engine *engine, const char *name, const char *holder,
		       struct error *err)
{
	auto_arena struct arena arena = {0};
	struct container container;
	const char *project = NULL;

	if (container_json_load(engine, holder, &container, &arena, NULL) == 0)
		project = labels_project(&container);
	if (project)
		error_set(err, ERROR_CONFLICT,
			  "container name \"%s\" is already in use by container %.12s of project "
			  "\"%s\": remove it ('coracle -p %s down'), or take another name",
			  name, holder, project, project);
	else
		error_set(err, ERROR_CONFLICT,
			  "container name \"%s\" is already in use by container %.12s: "
			  "remove that one ('coracle container rm'), or take another name",
			  name, holder);
	return error_state(err, FACT_NAME_TAKEN, name, holder);
}

int container_claim_name(struct engine *engine, const char *name, const char *id, struct error *err)
{
	char path[300], target[100], holder[CONTAINER_ID_LENGTH + 1];

	snprintf(path, sizeof(path), "by-name/%.255s", name);
	snprintf(target, sizeof(target), "../%.64s", id);
	for (int attempt = 0; attempt < 3; attempt++) {
		if (symlinkat(target, engine->layout.containers_fd, path) == 0)
			return 0;
		if (errno != EEXIST)
			return error_errno(err, "cannot claim the container name '%s'", name);
		if (!container_name_read(engine, name, holder))
			continue;
		if (strcmp(holder, id) == 0) /* by a rename that was killed */
			return 0;
		if (container_exists(engine, holder))
			break;
		/* Of a create or remove that was killed, unless somebody is at it right now. */
		container_remove_litter(engine, holder);
		if (faccessat(engine->layout.containers_fd, holder, F_OK, 0) < 0)
			container_name_drop(engine, name, holder);
	}
	return refuse_name(engine, name, holder, err);
}

int container_check_name(const char *name, struct error *err)
{
	if (path_is_name(name))
		return 0;
	return error_set(err, ERROR_INVALID,
			 "Invalid container name (%s), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed",
			 name);
}

/* On disk; @container is what it was before. */
static int rename_locked(struct engine *engine, const struct container *container, const char *name,
			 struct error *err)
{
	auto_arena struct arena arena = {0};
	struct container renamed = *container;

	renamed.name = name;
	if (container_claim_name(engine, name, container->id, err) < 0)
		return error_wrap(err, "Error when allocating new name");
	if (container_json_save(engine, &renamed, err) < 0) {
		container_name_drop(engine, name, container->id);
		return -1;
	}
	container_name_drop(engine, container->name, container->id);
	container_event(&renamed, "rename",
			&(struct pair){"oldName", arena_format(&arena, "/%s", container->name)}, 1);
	return 0;
}

int container_rename(struct engine *engine, const char *id, const char *name, struct error *err)
{
	auto_arena struct arena arena = {0};
	struct container container;
	int lock, result;

	if (container_check_name(name, err) < 0)
		return -1;
	lock = container_lock(engine, id, true, err);
	result = lock < 0 ? -1 : container_json_load(engine, id, &container, &arena, err);
	if (result == 0 && strcmp(container.name, name) != 0)
		result = rename_locked(engine, &container, name, err);
	if (lock >= 0)
		close(lock); /* its monitor may need it to end */
	return result < 0 ? -1 : container_tell_changed(engine, id, err);
}
