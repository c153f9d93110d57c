/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/container_names.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "base/strvec.h"
#include "engine/engine.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool container_name_read(struct engine *engine, const char *name, char id[CONTAINER_ID_LENGTH + 1])
{
	char path[300], target[128];
	ssize_t n;

	snprintf(path, sizeof(path), "by-name/%.255s", name);
	n = readlinkat(engine->layout.containers_fd, path, target, sizeof(target) - 1);
	if (n != CONTAINER_ID_LENGTH + 3)
		return false;
	target[n] = '\0';
	memcpy(id, target + 3, CONTAINER_ID_LENGTH + 1); /* "../ID" */
	return container_is_id(id);
}

void container_name_drop(struct engine *engine, const char *name, const char *id)
{
	char path[300], holder[CONTAINER_ID_LENGTH + 1];

	if (!container_name_read(engine, name, holder) || strcmp(holder, id) != 0)
		return;
	snprintf(path, sizeof(path), "by-name/%.255s", name);
	unlinkat(engine->layout.containers_fd, path, 0);
}

int container_names_list(struct engine *engine, struct strvec *names, struct strvec *holders,
			 struct error *err)
{
	int fd =
		openat(engine->layout.containers_fd, "by-name", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	auto_closedir DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	char holder[CONTAINER_ID_LENGTH + 1];

	if (!dir)
		return error_errno(err, "cannot list '%s/containers/by-name'", engine->layout.root);
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.' || !container_name_read(engine, entry->d_name, holder))
			continue;
		strvec_add(names, entry->d_name);
		strvec_add(holders, holder);
	}
	return 0;
}

static int find_by_prefix(struct engine *engine, const char *prefix,
			  char id[CONTAINER_ID_LENGTH + 1], struct error *err)
{
	auto_strvec struct strvec ids = {0};
	int found = 0;

	if (container_ids_list(engine, &ids, err) < 0)
		return -1;
	strvec_each (candidate, &ids) {
		if (strncmp(*candidate, prefix, strlen(prefix)) != 0 ||
		    !container_exists(engine, *candidate))
			continue;
		memcpy(id, *candidate, CONTAINER_ID_LENGTH + 1);
		found++;
	}
	if (found > 1)
		return error_set(err, ERROR_CONFLICT,
				 "'%s' begins the ids of %d containers: give more of it", prefix,
				 found);
	return found ? 0 : container_missing(prefix, err);
}

int container_name_resolve(struct engine *engine, const char *text,
			   char id[CONTAINER_ID_LENGTH + 1], struct error *err)
{
	bool may_be_prefix = *text && strlen(text) <= CONTAINER_ID_LENGTH &&
			     strspn(text, "0123456789abcdef") == strlen(text);

	if (*text == '/') /* as docker shows names */
		text++;
	if (strlen(text) <= 255 && !strchr(text, '/') && container_name_read(engine, text, id))
		return 0;
	if (may_be_prefix)
		return find_by_prefix(engine, text, id, err);
	return container_missing(text, err);
}
