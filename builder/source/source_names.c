/* SPDX-License-Identifier: Apache-2.0 */
/* The names in a directory, in an order that does not depend on the file system. */
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "builder/source/source_private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

static int by_bytes(const void *left, const void *right)
{
	return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static bool is_dots(const char *name)
{
	return name[0] == '.' && (!name[1] || (name[1] == '.' && !name[2]));
}

/* All names, each with its NUL. */
static int read_bytes(struct strbuf *bytes, size_t *count, DIR *dir, struct error *err)
{
	for (;;) {
		const struct dirent *entry;

		errno = 0;
		entry = readdir(dir);
		if (!entry)
			return errno ? error_errno(err, "cannot read a directory") : 0;
		if (is_dots(entry->d_name))
			continue;
		strbuf_add_n(bytes, entry->d_name, strlen(entry->d_name) + 1);
		++*count;
	}
}

int source_names_read(struct source_names *names, int fd, struct error *err)
{
	auto_strbuf struct strbuf bytes = {0};
	auto_close int own = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	auto_closedir DIR *dir = own >= 0 ? fdopendir(own) : NULL;
	const char *next;

	*names = (struct source_names){0};
	if (!dir)
		return error_errno(err, "cannot open a directory");
	own = -1;
	if (read_bytes(&bytes, &names->count, dir, err) < 0)
		return -1;
	names->bytes = strbuf_take(&bytes);
	names->items = alloc_zeroed(names->count + 1, sizeof(*names->items));
	next = names->bytes;
	for (size_t i = 0; i < names->count; i++, next += strlen(next) + 1)
		names->items[i] = next;
	qsort(names->items, names->count, sizeof(*names->items), by_bytes);
	return 0;
}

void source_names_release(struct source_names *names)
{
	free(names->bytes);
	free(names->items);
}
