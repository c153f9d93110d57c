/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A watch is on an inode, its path is ours to know: a directory that leaves its place is forgotten
 * with all that is below it, and found again where it arrives.
 */
#include "compose/watch/trees.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/units.h"
#include "compose/watch/trees_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#define MOST_READS 64

/* How coarse the clock of a file system may be. */
#define CLOCK_SLACK_NS SECOND

/* ---- events ------------------------------------------------------------------------------------
 */

static int come(struct trees *trees, struct trees_watch *watch, const char *name, struct error *err)
{
	auto_free char *path = trees_join(watch->path, name);
	struct stat status;

	if (!trees_is_inside(trees, path) && !trees_leads_to_root(trees, path))
		return 0;
	trees_watch_add_name(watch, name);
	return trees_arrive(trees, path, trees_is_directory(AT_FDCWD, path, &status), err);
}

/* What is deleted had nothing in it any more; what is moved takes it along. */
static int go(struct trees *trees, struct trees_watch *watch, const char *name, bool is_moved,
	      struct error *err)
{
	auto_free char *path = trees_join(watch->path, name);
	bool leads = trees_leads_to_root(trees, path);

	if (!trees_is_inside(trees, path) && !leads)
		return 0;
	trees_watch_drop_name(watch, name);
	trees_watch_forget(trees, path, is_moved);
	if (trees_is_inside(trees, path))
		trees_tell(trees, path);
	return leads ? trees_settle_all(trees, err) : 0;
}

static void change(const struct trees *trees, const struct trees_watch *watch, const char *name)
{
	auto_free char *path = trees_join(watch->path, name);
	struct stat status;

	/* Of a root only the content counts. */
	if (trees_is_inside(trees, path) &&
	    !(strvec_contains(&trees->roots, path) && trees_is_directory(AT_FDCWD, path, &status)))
		trees_tell(trees, path);
}

static int handle(struct trees *trees, const struct inotify_event *event, struct error *err)
{
	struct trees_watch *watch = trees_watch_find(trees, event->wd);

	if (!watch)
		return 0;
	if (event->mask & IN_IGNORED) {
		auto_free char *path = alloc_string(watch->path);

		trees_watch_forget(trees, path, false);
		return trees_leads_to_root(trees, path) ? trees_settle_all(trees, err) : 0;
	}
	if (event->len == 0)
		return 0;
	if (event->mask & (IN_CREATE | IN_MOVED_TO))
		return come(trees, watch, event->name, err);
	if (event->mask & (IN_DELETE | IN_MOVED_FROM))
		return go(trees, watch, event->name, event->mask & IN_MOVED_FROM, err);
	change(trees, watch, event->name);
	return 0;
}

/* ---- when events were lost ---------------------------------------------------------------------
 */

static bool has_changed_since(const struct stat *status, int64_t since_ns)
{
	return status->st_ctim.tv_sec * SECOND + status->st_ctim.tv_nsec >=
	       since_ns - CLOCK_SLACK_NS;
}

/* One name that is there: known or new, changed or not. */
static int compare_name(struct trees *trees, int dirfd, struct trees_watch *watch, const char *name,
			struct error *err)
{
	auto_free char *path = trees_join(watch->path, name);
	struct stat status;

	if (!trees_watch_has_name(watch, name))
		return come(trees, watch, name, err);
	if (trees_is_directory(dirfd, name, &status)) {
		if (!trees_watch_at(trees, path))
			return trees_arrive(trees, path, true, err);
	} else if (has_changed_since(&status, trees->read_ns)) {
		change(trees, watch, name);
	}
	return 0;
}

/* The names of @own are those of the directory again. */
static int compare(struct trees *trees, const char *own, struct error *err)
{
	auto_strvec struct strvec names = {0}, known = {0};
	auto_close int dirfd = -1;
	struct trees_watch *watch = trees_watch_at(trees, own);

	if (!watch || trees_list_names(own, &names, &dirfd, err) < 0)
		return watch ? -1 : 0;
	strvec_add_all(&known, watch->names.items);
	strvec_sort(&names);
	strvec_each (name, &known)
		if (!bsearch(name, names.items, names.count, sizeof(*names.items),
			     trees_compare_names) &&
		    (watch = trees_watch_at(trees, own)) && go(trees, watch, *name, true, err) < 0)
			return -1;
	strvec_each (name, &names)
		if ((watch = trees_watch_at(trees, own)) &&
		    compare_name(trees, dirfd, watch, *name, err) < 0)
			return -1;
	return 0;
}

static int look_again(struct trees *trees, struct error *err)
{
	auto_strvec struct strvec paths = {0};

	for (size_t i = 0; i < trees->count; i++)
		strvec_add(&paths, trees->watches[i]->path);
	strvec_each (path, &paths)
		if (compare(trees, *path, err) < 0)
			return -1;
	return trees_settle_all(trees, err);
}

/* ---- outside -----------------------------------------------------------------------------------
 */

static int64_t clock_ns(void)
{
	struct timespec now = units_now();

	return now.tv_sec * SECOND + now.tv_nsec;
}

static int begin(struct trees *trees, struct error *err)
{
	trees->fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (trees->fd < 0 && errno == EMFILE)
		return error_set(err, EMFILE,
				 "cannot watch files: this user's limit of watching processes is "
				 "reached. Raise it: sysctl fs.inotify.max_user_instances=1024");
	if (trees->fd < 0)
		return error_errno(err, "cannot watch files");
	trees->read_ns = clock_ns();
	return trees_settle_all(trees, err);
}

/* While the trees are opened nothing is news. */
static void say_nothing(const char *path, void *data)
{
	(void)path;
	(void)data;
}

int trees_open(struct trees **opened, char *const *roots, const struct trees_client *client,
	       struct error *err)
{
	struct trees *trees = alloc_zeroed(1, sizeof(*trees));

	trees->client = *client;
	trees->client.changed = say_nothing;
	trees->fd = -1;
	strvec_add_all(&trees->roots, roots);
	if (begin(trees, err) < 0) {
		trees_close(trees);
		return -1;
	}
	trees->client.changed = client->changed;
	*opened = trees;
	return 0;
}

void trees_close(struct trees *trees)
{
	if (!trees)
		return;
	cleanup_close(&trees->fd);
	trees_watch_release(trees);
	strvec_release(&trees->roots);
	free(trees);
}

int trees_fd(const struct trees *trees)
{
	return trees->fd;
}

static int handle_all(struct trees *trees, const char *bytes, size_t length, bool *is_overflown,
		      struct error *err)
{
	for (size_t at = 0; at < length;) {
		const struct inotify_event *event =
			(const struct inotify_event *)(const void *)(bytes + at);

		at += sizeof(*event) + event->len;
		*is_overflown |= (event->mask & IN_Q_OVERFLOW) != 0;
		if (handle(trees, event, err) < 0)
			return -1;
	}
	return 0;
}

/* A file that somebody writes without a pause would keep us here: after MOST_READS the caller comes
 * again. What is not all read has not been told of. */
int trees_read(struct trees *trees, struct error *err)
{
	char bytes[65536] __attribute__((aligned(__alignof__(struct inotify_event))));
	int64_t begun_ns = clock_ns();
	bool is_overflown = false;
	ssize_t length = 1;

	for (int i = 0; i < MOST_READS && length > 0; i++) {
		length = read(trees->fd, bytes, sizeof(bytes));
		if (length > 0 && handle_all(trees, bytes, (size_t)length, &is_overflown, err) < 0)
			return -1;
	}
	if (length < 0 && errno != EAGAIN && errno != EINTR)
		return error_errno(err, "cannot read what has changed");
	if (is_overflown && look_again(trees, err) < 0)
		return -1;
	if (length < 0)
		trees->read_ns = begun_ns;
	return 0;
}

void trees_list(const struct trees *trees, const char *root)
{
	bool is_directory = trees_watch_at(trees, root) != NULL;

	if (!is_directory && access(root, F_OK) == 0)
		trees_tell(trees, root);
	for (size_t i = 0; is_directory && i < trees->count; i++) {
		const struct trees_watch *watch = trees->watches[i];

		if (!trees_is_at_or_below(watch->path, root))
			continue;
		strvec_each (name, &watch->names) {
			auto_free char *path = trees_join(watch->path, *name);

			trees_tell(trees, path);
		}
	}
}
