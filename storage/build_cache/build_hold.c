/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/build_cache/build_hold.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/strbuf.h"
#include "base/units.h"
#include "storage/image/layer_store.h"
#include "storage/store_lock.h"

#define DIRECTORY "build/holds"

/* Under the store's shared lock, since the collection takes files that nobody has locked for those
 * of killed builds; and nothing else removes one. */
int build_hold_open(struct build_hold *hold, const struct layout *layout, struct error *err)
{
	auto_close int lock = -1;
	auto_close int fd = -1;
	char id[33], path[64];

	*hold = (struct build_hold){.layout = layout, .fd = -1};
	if (file_make_directories(layout->root_fd, DIRECTORY, 0700, err) < 0)
		return -1;
	lock = store_lock_share(layout, err);
	if (lock < 0)
		return -1;
	units_random_hex(id, 16);
	snprintf(hold->name, sizeof(hold->name), "%s", id);
	snprintf(path, sizeof(path), DIRECTORY "/%s", id);
	fd = openat(layout->root_fd, path, O_RDWR | O_APPEND | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0)
		return error_errno(err, "cannot create '%s/%s'", layout->root, path);
	hold->fd = take_fd(&fd);
	return 0;
}

void build_hold_close(struct build_hold *hold)
{
	char path[64];

	if (hold->fd < 0)
		return;
	snprintf(path, sizeof(path), DIRECTORY "/%s", hold->name);
	unlinkat(hold->layout->root_fd, path, 0);
	close(take_fd(&hold->fd));
}

int build_hold_add(struct build_hold *hold, char *const *chain_ids, size_t count, struct error *err)
{
	auto_strbuf struct strbuf lines = {0};
	auto_close int lock = store_lock_share(hold->layout, err);

	if (lock < 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		if (!layer_store_has(hold->layout, chain_ids[i]))
			return 0;
		strbuf_printf(&lines, "%s\n", chain_ids[i]);
	}
	if (lines.length && file_write_all(hold->fd, lines.text, lines.length, err) < 0)
		return error_wrap(err, "cannot note what the build needs");
	return 1;
}
