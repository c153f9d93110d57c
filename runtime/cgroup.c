/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/cgroup.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/path.h"
#include "base/strbuf.h"
#include "base/units.h"
#include "runtime/cgroup_settings.h"
#include "runtime/devices.h"
#include "runtime/spec.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

/* How long the kernel may take to freeze, or to let killed processes go. */
#define SETTLE_TIMEOUT_MS 10000
#define LARGEST_FILE	  ((size_t)4 << 20)
/* The sticky bit marks directories of our making: only those are removed when they become empty. It
 * is there as soon as the directory is, wherever we are killed. */
#define OURS S_ISVTX

/* ---- the hierarchy --------------------------------------------------------------------------- */

static bool is_cgroup2(const char *path)
{
	struct statfs about;

	return statfs(path, &about) == 0 && about.f_type == CGROUP2_SUPER_MAGIC;
}

/* Mounted somewhere unusual: field 5 of the first line whose type is cgroup2. */
static void search_mounts(char path[256])
{
	auto_fclose FILE *mounts = fopen("/proc/self/mountinfo", "re");
	char line[4096];

	while (mounts && fgets(line, sizeof(line), mounts))
		if (strstr(line, " - cgroup2 ") && sscanf(line, "%*s %*s %*s %*s %255s", path) == 1)
			return;
	path[0] = '\0';
}

static const char *root_path(void)
{
	static char path[256];
	static bool known;

	if (known)
		return path;
	known = true;
	if (is_cgroup2("/sys/fs/cgroup"))
		snprintf(path, sizeof(path), "/sys/fs/cgroup");
	else if (is_cgroup2("/sys/fs/cgroup/unified"))
		snprintf(path, sizeof(path), "/sys/fs/cgroup/unified");
	else
		search_mounts(path);
	return path;
}

int cgroup_open_root(struct error *err)
{
	const char *path = root_path();
	int fd;

	if (!*path)
		return error_set(err, ERROR_UNSUPPORTED,
				 "no cgroup v2 hierarchy is mounted: try 'mount -t cgroup2 none "
				 "/sys/fs/cgroup'");
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? error_errno(err, "cannot open '%s'", path) : fd;
}

/* Below the root, without "..": malloc'ed, NULL when it is not such a path. */
static char *relative_path(const char *path, struct error *err)
{
	auto_free char *clean = NULL;
	const char *at = path;

	for (size_t length; *at; at += length + (at[length] == '/')) {
		length = strcspn(at, "/");
		if ((length == 2 && strncmp(at, "..", 2) == 0) || length > 255)
			break;
	}
	clean = path_join("/", path);
	if (*at || !clean[1]) {
		error_set(err, ERROR_INVALID, "'%s' is not a cgroup below the root", path);
		return NULL;
	}
	return alloc_string(clean + 1);
}

int cgroup_check(struct error *err)
{
	auto_close int root = cgroup_open_root(err);

	return root < 0 ? -1 : 0;
}

int cgroup_open(const char *path, struct error *err)
{
	auto_close int root = cgroup_open_root(err);
	auto_free char *relative = root < 0 ? NULL : relative_path(path, err);
	int fd;

	if (!relative)
		return -1;
	fd = path_open(root, relative, PATH_NO_LINKS, O_RDONLY | O_DIRECTORY, err);
	return fd < 0 ? error_wrap(err, "cgroup") : fd;
}

char *cgroup_path_of(pid_t pid, struct error *err)
{
	auto_strbuf struct strbuf text = {0};
	auto_free char *file = alloc_format("/proc/%d/cgroup", pid);
	const char *path;

	if (file_read(AT_FDCWD, file, LARGEST_FILE, &text, err) < 0)
		return NULL;
	path = strstr(strbuf_text(&text), "0::/");
	if (path)
		return alloc_format("%.*s", (int)strcspn(path + 3, "\n"), path + 3);
	error_set(err, ERROR_UNSUPPORTED, "process %d is in no cgroup of version 2", pid);
	return NULL;
}

int cgroup_open_place(enum cgroup_place place)
{
	auto_free char *path = place == CGROUP_ROOT ? NULL : cgroup_path_of(1, NULL);

	if (place == CGROUP_ROOT)
		return cgroup_open_root(NULL);
	return path ? cgroup_open(path, NULL) : -1;
}

/* ---- creating -------------------------------------------------------------------------------- */

static bool lists_word(const char *words, const char *word)
{
	size_t length = strlen(word);

	for (const char *at = words; (at = strstr(at, word)); at += length)
		if ((at == words || at[-1] == ' ') && strchr(" \n", at[length]))
			return true;
	return false;
}

/* Passes controllers on to the children of @fd. What cannot be passed on is said when a limit that
 * needs it is set: cgroup_settings.c. */
static void enable_controllers(int fd, const struct spec_resources *resources)
{
	static const struct {
		const char *name;
		bool is_rare; /* costs something, or is no use to most: only where it is asked for
			       */
	} wanted[] = {
		{"cpu", false}, {"memory", false}, {"pids", false},
		{"io", false},	{"cpuset", true},  {"hugetlb", true},
		{"rdma", true}, {"misc", true},	   {"dmem", true},
	};
	auto_strbuf struct strbuf there = {0}, enabled = {0};

	if (file_read(fd, "cgroup.controllers", 4096, &there, NULL) < 0 ||
	    !strbuf_text(&there)[0] || strbuf_text(&there)[0] == '\n' ||
	    file_read(fd, "cgroup.subtree_control", 4096, &enabled, NULL) < 0)
		return;
	for (size_t i = 0; i < array_length(wanted); i++) {
		char text[16];
		struct error err;

		if (!lists_word(strbuf_text(&there), wanted[i].name) ||
		    lists_word(strbuf_text(&enabled), wanted[i].name) ||
		    (wanted[i].is_rare && !cgroup_settings_need(resources, wanted[i].name)))
			continue;
		snprintf(text, sizeof(text), "+%s", wanted[i].name);
		if (file_write_pseudo(fd, "cgroup.subtree_control", text, &err) < 0)
			log_debug("cannot enable the %s controller: %s", wanted[i].name, err.text);
	}
}

/* Walks down, passing on controllers, with @makes making what is missing. ENOENT when it is not
 * there, or a parent went away meanwhile. */
static int walk_down(int root, const char *path, const struct spec_resources *resources, bool makes,
		     struct error *err)
{
	auto_free char *names = alloc_string(path);
	auto_close int fd = fcntl(root, F_DUPFD_CLOEXEC, 3);
	char *save = NULL;

	for (char *name = strtok_r(names, "/", &save); name; name = strtok_r(NULL, "/", &save)) {
		int next;

		enable_controllers(fd, resources);
		if (makes && mkdirat(fd, name, OURS | 0755) < 0 && errno != EEXIST)
			return error_errno(err, "cannot create the cgroup '%s'", path);
		next = openat(fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (next < 0)
			return error_errno(err, "cannot open the cgroup '%s'", path);
		close(fd);
		fd = next;
	}
	return take_fd(&fd);
}

static int limit(int *fd, const struct spec_resources *resources, struct error *err)
{
	if (cgroup_settings_apply(*fd, resources, err) < 0 ||
	    devices_attach_program(*fd, resources, err) < 0)
		return -1;
	return take_fd(fd);
}

int cgroup_create(const char *path, const struct spec_resources *resources, struct error *err)
{
	struct error local = {0};
	auto_close int root = cgroup_open_root(err);
	auto_free char *relative = root < 0 ? NULL : relative_path(path, err);
	auto_close int fd = -1;

	if (!relative)
		return -1;
	/* Somebody else's cgroup_destroy may take an empty parent away between our steps. */
	for (int attempt = 0; fd < 0 && attempt < 16; attempt++) {
		fd = walk_down(root, relative, resources, true, &local);
		if (fd < 0 && local.code != ENOENT)
			break;
	}
	if (fd < 0 && (local.code == EROFS || local.code == EACCES || local.code == EPERM))
		return error_set(err, ERROR_UNSUPPORTED, "none can be made in '%s': %s",
				 root_path(), error_strerror(local.code));
	if (fd < 0)
		return error_pass(err, &local);
	return limit(&fd, resources, err);
}

int cgroup_adopt(const char *path, const struct spec_resources *resources, struct error *err)
{
	auto_close int root = cgroup_open_root(err);
	auto_free char *relative = root < 0 ? NULL : relative_path(path, err);
	auto_close int fd = relative ? walk_down(root, relative, resources, false, err) : -1;

	return fd < 0 ? -1 : limit(&fd, resources, err);
}

int cgroup_update(const char *path, const struct spec_resources *resources, struct error *err)
{
	auto_close int root = cgroup_open_root(err);
	auto_free char *relative = root < 0 ? NULL : relative_path(path, err);
	auto_close int fd = relative ? walk_down(root, relative, resources, false, err) : -1;

	return fd < 0 ? -1 : cgroup_settings_change(fd, resources, err);
}

int cgroup_renew_child(int cgroup_fd, const char *name, struct error *err)
{
	int fd;

	unlinkat(cgroup_fd, name, AT_REMOVEDIR);
	if (mkdirat(cgroup_fd, name, 0755) < 0)
		return error_errno(err, "cannot create the cgroup '%s'", name);
	fd = openat(cgroup_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? error_errno(err, "cannot open the cgroup '%s'", name) : fd;
}

/* ---- reading --------------------------------------------------------------------------------- */

/* The number behind "key " at the start of a line; @missing when it is not there. */
static int64_t find_number(const char *text, const char *key, int64_t missing)
{
	size_t length = strlen(key);

	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, key, length) == 0 && line[length] == ' ')
			return strtoll(line + length, NULL, 10);
	}
	return missing;
}

static int64_t read_number(int fd, const char *file)
{
	auto_strbuf struct strbuf text = {0};

	if (file_read(fd, file, 4096, &text, NULL) < 0 ||
	    strncmp(strbuf_text(&text), "max", 3) == 0)
		return -1;
	return strtoll(strbuf_text(&text), NULL, 10);
}

/* Of all devices: "8:0 rbytes=1 wbytes=2 rios=3 …", a line for each. */
static uint64_t sum_of(const char *text, const char *key)
{
	uint64_t sum = 0;

	for (const char *at = text; (at = strstr(at, key)); at++)
		sum += strtoull(at + strlen(key), NULL, 10);
	return sum;
}

static void read_io(int fd, struct cgroup_stats *stats)
{
	auto_strbuf struct strbuf text = {0};

	if (file_read(fd, "io.stat", LARGEST_FILE, &text, NULL) < 0)
		return;
	stats->io_read_bytes = sum_of(strbuf_text(&text), " rbytes=");
	stats->io_write_bytes = sum_of(strbuf_text(&text), " wbytes=");
	stats->io_reads = sum_of(strbuf_text(&text), " rios=");
	stats->io_writes = sum_of(strbuf_text(&text), " wios=");
}

static void read_memory(int fd, struct cgroup_stats *stats)
{
	auto_strbuf struct strbuf text = {0};

	stats->memory_usage = read_number(fd, "memory.current");
	stats->memory_limit = read_number(fd, "memory.max");
	stats->memory_cache = -1;
	if (file_read(fd, "memory.stat", LARGEST_FILE, &text, NULL) < 0)
		return;
	stats->memory_cache = find_number(strbuf_text(&text), "inactive_file", 0);
	stats->memory_anonymous = find_number(strbuf_text(&text), "anon", 0);
	stats->memory_files = find_number(strbuf_text(&text), "file", 0);
	stats->memory_swap = read_number(fd, "memory.swap.current");
	if (stats->memory_swap < 0)
		stats->memory_swap = 0;
}

static int read_processors(int fd, struct cgroup_stats *stats, struct error *err)
{
	const struct {
		const char *key;
		uint64_t *number;
	} rows[] = {
		{"usage_usec", &stats->cpu_usage_us},
		{"user_usec", &stats->cpu_user_us},
		{"system_usec", &stats->cpu_system_us},
		{"nr_periods", &stats->cpu_periods},
		{"nr_throttled", &stats->cpu_throttled_periods},
		{"throttled_usec", &stats->cpu_throttled_us},
	};
	auto_strbuf struct strbuf text = {0};

	if (file_read(fd, "cpu.stat", LARGEST_FILE, &text, err) < 0)
		return -1;
	for (size_t i = 0; i < array_length(rows); i++)
		*rows[i].number = (uint64_t)find_number(strbuf_text(&text), rows[i].key, 0);
	return 0;
}

uint64_t cgroup_oom_kills(int cgroup_fd)
{
	auto_strbuf struct strbuf text = {0};

	if (file_read(cgroup_fd, "memory.events", LARGEST_FILE, &text, NULL) < 0)
		return 0;
	return (uint64_t)find_number(strbuf_text(&text), "oom_kill", 0);
}

int cgroup_read_stats(int cgroup_fd, struct cgroup_stats *stats, struct error *err)
{
	*stats = (struct cgroup_stats){0};
	if (read_processors(cgroup_fd, stats, err) < 0)
		return -1;
	read_memory(cgroup_fd, stats);
	stats->oom_kills = cgroup_oom_kills(cgroup_fd);
	stats->pids = read_number(cgroup_fd, "pids.current");
	stats->pids_limit = read_number(cgroup_fd, "pids.max");
	read_io(cgroup_fd, stats);
	return 0;
}

/* Calls @visit for the cgroup and all below it, children first. */
static int walk(int fd, int (*visit)(int fd, void *data, struct error *err), void *data, int depth,
		struct error *err)
{
	auto_closedir DIR *directory = NULL;
	int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct dirent *entry;

	directory = copy < 0 ? NULL : fdopendir(copy);
	if (!directory || depth > 64)
		return error_errno(err, "cannot list a cgroup");
	while ((entry = readdir(directory))) {
		auto_close int child = -1;

		if (entry->d_type != DT_DIR || entry->d_name[0] == '.')
			continue;
		child = openat(fd, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (child >= 0 && walk(child, visit, data, depth + 1, err) < 0)
			return -1;
	}
	return visit(fd, data, err);
}

struct pid_list {
	pid_t *pids;
	size_t count;
};

static int add_pids(int fd, void *data, struct error *err)
{
	struct pid_list *list = data;
	auto_strbuf struct strbuf text = {0};

	(void)err;
	/* A threaded child refuses (EOPNOTSUPP): its processes are listed in its parent. */
	if (file_read(fd, "cgroup.procs", LARGEST_FILE, &text, NULL) < 0)
		return 0;
	for (char *at = text.text; at && *at;) {
		char *end;
		long pid = strtol(at, &end, 10);

		if (end == at)
			break;
		list->pids = alloc_resize(list->pids, list->count + 1, sizeof(pid_t));
		list->pids[list->count++] = (pid_t)pid;
		at = end + strspn(end, "\n ");
	}
	return 0;
}

int cgroup_list_pids(int cgroup_fd, pid_t **pids, size_t *count, struct error *err)
{
	struct pid_list list = {0};

	if (walk(cgroup_fd, add_pids, &list, 0, err) < 0) {
		free(list.pids);
		return -1;
	}
	*pids = list.pids;
	*count = list.count;
	return 0;
}

/* ---- freezing, killing ----------------------------------------------------------------------- */

static int read_event(int events_fd, const char *key)
{
	char text[256];
	ssize_t n = pread(events_fd, text, sizeof(text) - 1, 0);

	if (n < 0)
		return -1;
	text[n] = '\0';
	return (int)find_number(text, key, -1);
}

/* Waits until a line of cgroup.events has the value: the kernel wakes pollers when it changes. */
static int wait_event(int cgroup_fd, const char *key, int value, struct error *err)
{
	auto_close int fd = openat(cgroup_fd, "cgroup.events", O_RDONLY | O_CLOEXEC);
	int64_t deadline = units_monotonic_ns() / MILLISECOND + SETTLE_TIMEOUT_MS;

	if (fd < 0)
		return error_errno(err, "cannot open 'cgroup.events'");
	while (read_event(fd, key) != value) {
		struct pollfd poll_fd = {.fd = fd, .events = POLLPRI};
		int64_t left = deadline - units_monotonic_ns() / MILLISECOND;

		if (left <= 0)
			return error_set(err, ERROR_TIMEOUT,
					 "the cgroup does not become '%s %d' within %d s", key,
					 value, SETTLE_TIMEOUT_MS / 1000);
		/* In slices: a notification that comes between read and poll would be lost. */
		poll(&poll_fd, 1, left > 50 ? 50 : (int)left);
	}
	return 0;
}

int cgroup_freeze(int cgroup_fd, bool frozen, struct error *err)
{
	if (file_write_pseudo(cgroup_fd, "cgroup.freeze", frozen ? "1" : "0", err) < 0)
		return -1;
	return wait_event(cgroup_fd, "frozen", frozen, err);
}

bool cgroup_is_frozen(int cgroup_fd)
{
	auto_close int fd = openat(cgroup_fd, "cgroup.events", O_RDONLY | O_CLOEXEC);

	return fd >= 0 && read_event(fd, "frozen") == 1;
}

/* Before Linux 5.14: nothing forks while frozen, so one round finds all of them. */
static int kill_one_by_one(int cgroup_fd, struct error *err)
{
	auto_free pid_t *pids = NULL;
	size_t count;

	file_write_pseudo(cgroup_fd, "cgroup.freeze", "1", NULL);
	wait_event(cgroup_fd, "frozen", 1, NULL);
	if (cgroup_list_pids(cgroup_fd, &pids, &count, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (pids[i] > 0) /* 0: in a pid namespace that we cannot see */
			kill(pids[i], SIGKILL);
	return file_write_pseudo(cgroup_fd, "cgroup.freeze", "0", err);
}

bool cgroup_is_populated(int cgroup_fd)
{
	auto_close int fd = openat(cgroup_fd, "cgroup.events", O_RDONLY | O_CLOEXEC);

	return fd >= 0 && read_event(fd, "populated") == 1;
}

int cgroup_kill(int cgroup_fd, struct error *err)
{
	struct error local = {0};

	file_write_pseudo(cgroup_fd, "cgroup.freeze", "0", NULL);
	if (file_write_pseudo(cgroup_fd, "cgroup.kill", "1", &local) == 0)
		return 0;
	if (local.code != ENOENT)
		return error_pass(err, &local);
	return kill_one_by_one(cgroup_fd, err);
}

bool cgroup_is_divided(int cgroup_fd)
{
	auto_strbuf struct strbuf text = {0};

	return file_read(cgroup_fd, "cgroup.subtree_control", 4096, &text, NULL) == 0 &&
	       text.length > 1;
}

/* ---- removing -------------------------------------------------------------------------------- */

static int remove_children(int fd, int depth)
{
	auto_closedir DIR *directory = NULL;
	int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct dirent *entry;

	directory = copy < 0 ? NULL : fdopendir(copy);
	while (directory && depth < 64 && (entry = readdir(directory))) {
		auto_close int child = -1;

		if (entry->d_type != DT_DIR || entry->d_name[0] == '.')
			continue;
		child = openat(fd, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (child >= 0)
			remove_children(child, depth + 1);
		unlinkat(fd, entry->d_name, AT_REMOVEDIR);
	}
	return 0;
}

/* A zombie that nobody has reaped yet, or an rmdir that the kernel is still at, gives EBUSY. */
static int remove_directory(int root, const char *path, struct error *err)
{
	for (int attempt = 0; attempt < 100; attempt++) {
		if (unlinkat(root, path, AT_REMOVEDIR) == 0 || errno == ENOENT)
			return 0;
		if (errno != EBUSY)
			break;
		poll(NULL, 0, 10);
	}
	return error_errno(err, "cannot remove the cgroup '%s'", path);
}

/* Are there cgroups below it? Then it is in use. */
static bool has_children(int fd)
{
	auto_closedir DIR *directory = NULL;
	int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct dirent *entry;

	directory = copy < 0 ? NULL : fdopendir(copy);
	while (directory && (entry = readdir(directory)))
		if (entry->d_type == DT_DIR && entry->d_name[0] != '.')
			return true;
	return false;
}

static int remove_parent(int root, const char *path, int fd)
{
	for (int attempt = 0; attempt < 100; attempt++) {
		if (unlinkat(root, path, AT_REMOVEDIR) == 0)
			return 0;
		if (errno != EBUSY || has_children(fd))
			return -1;
		poll(NULL, 0, 10); /* the kernel is still at the last child */
	}
	return -1;
}

static void remove_empty_parents(int root, char *path)
{
	struct stat status;
	char *slash;

	while ((slash = strrchr(path, '/'))) {
		auto_close int fd = -1;

		*slash = '\0';
		fd = openat(root, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd < 0 || fstat(fd, &status) < 0 || !(status.st_mode & OURS) ||
		    remove_parent(root, path, fd) < 0)
			return;
	}
}

int cgroup_destroy(const char *path, struct error *err)
{
	struct error local = {0};
	auto_close int root = cgroup_open_root(&local);
	auto_free char *relative = root < 0 ? NULL : relative_path(path, err);
	auto_close int fd = -1;

	if (root < 0) /* no hierarchy, nothing in it */
		return local.code == ERROR_UNSUPPORTED ? 0 : error_pass(err, &local);
	if (!relative) /* cgroup_create refuses it, so there is nothing */
		return 0;
	fd = path_open(root, relative, PATH_NO_LINKS, O_RDONLY | O_DIRECTORY, &local);
	if (fd < 0 && local.code != ENOENT)
		return error_pass(err, &local);
	if (fd >= 0) {
		auto_close int events = openat(fd, "cgroup.events", O_RDONLY | O_CLOEXEC);

		if (read_event(events, "populated") != 0 &&
		    (cgroup_kill(fd, err) < 0 || wait_event(fd, "populated", 0, err) < 0))
			return -1;
		remove_children(fd, 0);
		if (remove_directory(root, relative, err) < 0)
			return -1;
	}
	remove_empty_parents(root, relative);
	return 0;
}
