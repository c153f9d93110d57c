/* SPDX-License-Identifier: Apache-2.0 */
/* Indexes of contexts do not become more and more. */
#include "base/cleanup.h"
#include "builder/source/source_private.h"

#include <fcntl.h>
#include <time.h>

#define MOST_INDEXES   64
#define MOST_AGE_S     (30LL * 24 * 3600)
#define MOST_WORK_TIME 3600 /* of one that is being written */

/* The one that was used last the longest time ago. */
static const char *find_oldest(int directory_fd, const struct source_names *names)
{
	const char *oldest = NULL;
	time_t oldest_s = 0;

	for (size_t i = 0; i < names->count; i++) {
		struct stat status;

		if (names->items[i][0] == '.' ||
		    fstatat(directory_fd, names->items[i], &status, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		if (oldest && status.st_mtime >= oldest_s)
			continue;
		oldest = names->items[i];
		oldest_s = status.st_mtime;
	}
	return oldest;
}

void source_index_prune(int directory_fd)
{
	auto_source_names struct source_names names = {0};
	time_t now = time(NULL);
	size_t left = 0;

	if (source_names_read(&names, directory_fd, NULL) < 0)
		return;
	for (size_t i = 0; i < names.count; i++) {
		bool is_unfinished = names.items[i][0] == '.';
		struct stat status;

		if (fstatat(directory_fd, names.items[i], &status, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		if (now - status.st_mtime > (is_unfinished ? MOST_WORK_TIME : MOST_AGE_S))
			unlinkat(directory_fd, names.items[i], 0);
		else
			left += !is_unfinished;
	}
	for (; left >= MOST_INDEXES; left--) {
		const char *oldest = find_oldest(directory_fd, &names);

		if (!oldest || unlinkat(directory_fd, oldest, 0) < 0)
			return;
	}
}
