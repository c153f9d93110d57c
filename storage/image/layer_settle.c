/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/image/layer_settle.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/strbuf.h"

#define MARK "unsynced"

/* Not known: as if each look were in a boot of its own. */
static const char *boot_id(void)
{
	static char id[40];
	auto_strbuf struct strbuf text = {0};

	if (!*id && file_read(AT_FDCWD, "/proc/sys/kernel/random/boot_id", 64, &text, NULL) == 0)
		snprintf(id, sizeof(id), "%.36s", text.text);
	return id;
}

static const char *mark_path(char path[96], const char *chain_id)
{
	snprintf(path, 96, "%.64s/" MARK, chain_id);
	return path;
}

int layer_settle_mark(int layer_fd, struct error *err)
{
	return file_replace_volatile(layer_fd, MARK, boot_id(), strlen(boot_id()), 0600, err);
}

bool layer_settle_is_lost(const struct layout *layout, const char *chain_id)
{
	auto_strbuf struct strbuf text = {0};
	struct error problem = {0};
	char path[96];

	if (file_read(layout->layers_fd, mark_path(path, chain_id), 64, &text, &problem) < 0)
		return problem.code != ENOENT;
	return !*boot_id() || strcmp(strbuf_text(&text), boot_id()) != 0;
}

static bool is_marked(const struct layout *layout, const char *chain_id)
{
	char path[96];

	return faccessat(layout->layers_fd, mark_path(path, chain_id), F_OK, 0) == 0;
}

static int take_off(const struct layout *layout, const char *chain_id, struct error *err)
{
	char path[96];

	if (unlinkat(layout->layers_fd, mark_path(path, chain_id), 0) < 0 && errno != ENOENT)
		return error_errno(err, "cannot remove '%s'", path);
	return 0;
}

static int sync_layer(const struct layout *layout, const char *chain_id, struct error *err)
{
	auto_close int fd = -1;
	char name[80];

	snprintf(name, sizeof(name), "%.64s", chain_id);
	fd = openat(layout->layers_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fsync(fd) < 0)
		return error_errno(err, "cannot sync layer %.12s", chain_id);
	return 0;
}

/* All marks first: with a journal the first of the syncs is for all of them. */
static int take_all_off(const struct layout *layout, char *const *chain_ids, size_t count,
			struct error *err)
{
	for (size_t i = 0; i < count; i++)
		if (take_off(layout, chain_ids[i], err) < 0)
			return -1;
	for (size_t i = 0; i < count; i++)
		if (sync_layer(layout, chain_ids[i], err) < 0)
			return -1;
	return 1;
}

int layer_settle(const struct layout *layout, char *const *chain_ids, size_t count,
		 struct error *err)
{
	size_t first = 0;

	while (first < count && !is_marked(layout, chain_ids[first]))
		first++;
	if (first == count)
		return 0;
	if (syncfs(layout->root_fd) < 0)
		return error_errno(err, "cannot sync '%s'", layout->root);
	return take_all_off(layout, chain_ids + first, count - first, err);
}
