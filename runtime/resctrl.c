/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/resctrl.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/path.h"
#include "base/strbuf.h"
#include "runtime/spec.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define LARGEST_FILE (1 << 20)

/* ---- where ----------------------------------------------------------------------------------- */

static bool is_known_to_the_kernel(void)
{
	auto_strbuf struct strbuf types = {0};

	return file_read(AT_FDCWD, "/proc/filesystems", LARGEST_FILE, &types, NULL) == 0 &&
	       strstr(strbuf_text(&types), "\tresctrl\n");
}

char *resctrl_find(struct error *err)
{
	auto_fclose FILE *mounts = fopen("/proc/self/mountinfo", "re");
	char line[4096], path[256];

	while (mounts && fgets(line, sizeof(line), mounts))
		if (strstr(line, " - resctrl ") && sscanf(line, "%*s %*s %*s %*s %255s", path) == 1)
			return alloc_string(path);
	if (is_known_to_the_kernel())
		error_set(err, ERROR_UNSUPPORTED,
			  "linux.intelRdt: no file system of type resctrl is mounted: mount -t "
			  "resctrl resctrl /sys/fs/resctrl");
	else
		error_set(err, ERROR_UNSUPPORTED,
			  "linux.intelRdt: the kernel has no file system of type resctrl: it is "
			  "built without it, or the processor has nothing to share out");
	return NULL;
}

/* ---- what ------------------------------------------------------------------------------------ */

void resctrl_plan_release(struct resctrl_plan *plan)
{
	strvec_release(&plan->groups);
	strvec_release(&plan->own);
}

static bool is_there(const char *path)
{
	return access(path, F_OK) == 0;
}

static bool is_name(const char *group)
{
	return *group && !strchr(group, '/') && strcmp(group, ".") != 0 && strcmp(group, "..") != 0;
}

int resctrl_plan(struct resctrl_plan *plan, const char *mount, const struct spec_intel_rdt *rdt,
		 const char *id, struct error *err)
{
	bool is_root = rdt->group && strcmp(rdt->group, "/") == 0;
	auto_free char *group = path_join(mount, is_root ? "." : rdt->group ? rdt->group : id);
	auto_free char *monitor = alloc_format("%s/mon_groups/%s", group, id);
	bool is_monitored = rdt->monitoring || rdt->cache_monitoring || rdt->bandwidth_monitoring;

	if (rdt->group && !is_root && !is_name(rdt->group))
		return error_set(err, ERROR_INVALID,
				 "linux.intelRdt.closID: '%s' is the name of no group (expected "
				 "one without '/', or '/' alone)",
				 rdt->group);
	/* The inner one first, as they are removed in this order. */
	if (is_monitored && !is_there(monitor))
		strvec_add(&plan->own, monitor);
	if (!rdt->group && !is_there(group))
		strvec_add(&plan->own, group);
	/* A monitoring group takes only those that are in the one around it. */
	strvec_add(&plan->groups, group);
	if (is_monitored)
		strvec_add(&plan->groups, monitor);
	return 0;
}

/* The lines that are wanted, in the order in which they are to be written. */
static void list_lines(struct strvec *lines, const struct spec_intel_rdt *rdt)
{
	if (rdt->l3_cache)
		strvec_add(lines, rdt->l3_cache);
	if (rdt->memory_bandwidth)
		strvec_add(lines, rdt->memory_bandwidth);
	strvec_add_all(lines, rdt->schemata);
}

/* ---- schemata -------------------------------------------------------------------------------- */

/* Why it has refused something is in a file of the root. */
static void add_reason(const char *group, struct error *err)
{
	auto_free char *path = alloc_format("%s/../info/last_cmd_status", group);
	auto_strbuf struct strbuf text = {0};

	if (file_read(AT_FDCWD, path, LARGEST_FILE, &text, NULL) == 0 && text.length > 0 &&
	    strcmp(strbuf_text(&text), "ok\n") != 0)
		error_append(err, ": %.*s", (int)strcspn(text.text, "\n"), text.text);
}

static int write_lines(const char *group, const struct strvec *lines, struct error *err)
{
	auto_free char *path = path_join(group, "schemata");

	strvec_each (line, lines) {
		auto_free char *text = alloc_format("%s\n", *line);

		if (file_write_pseudo(AT_FDCWD, path, text, err) < 0) {
			error_wrap(err, "linux.intelRdt: '%s' is refused", *line);
			add_reason(group, err);
			return -1;
		}
	}
	return 0;
}

/* Bandwidth is written in tens, what of a cache in sixteens. */
static int base_of(const char *line)
{
	return strncmp(line, "MB:", 3) == 0 || strncmp(line, "SMBA:", 5) == 0 ? 10 : 16;
}

/* Has the line @text of the kernel, which ends somewhere, the domain with this value? */
static bool has_domain(const char *text, uintmax_t domain, uintmax_t value, int base)
{
	const char *end = text + strcspn(text, "\n");
	char *next;

	for (text = strchr(text, ':'); text && text < end; text = strchr(text, ';')) {
		if (strtoumax(text + 1, &next, 10) == domain && *next == '=')
			return strtoumax(next + 1, NULL, base) == value;
		text++;
	}
	return false;
}

static const char *find_line(const char *schemata, const char *wanted)
{
	size_t length = strcspn(wanted, ":") + 1;

	for (const char *line = schemata; line; line = strchr(line, '\n')) {
		line += strspn(line, " \n");
		if (strncmp(line, wanted, length) == 0)
			return line;
	}
	return NULL;
}

/* The kernel writes its lines with blanks in front and zeros before the values. What is not said of
 * a domain is not wanted of it. */
static bool is_so(const char *schemata, const char *wanted)
{
	const char *line = find_line(schemata, wanted);
	int base = base_of(wanted);

	for (const char *at = strchr(wanted, ':'); at; at = strchr(at + 1, ';')) {
		char *next, *end;
		uintmax_t domain = strtoumax(at + 1, &next, 10), value;

		if (!line || *next != '=')
			return false;
		value = strtoumax(next + 1, &end, base);
		if ((*end && *end != ';') || !has_domain(line, domain, value, base))
			return false;
	}
	return line;
}

static int compare_lines(const char *group, const struct strvec *lines, struct error *err)
{
	auto_free char *path = path_join(group, "schemata");
	auto_strbuf struct strbuf schemata = {0};

	if (lines->count == 0)
		return 0;
	if (file_read(AT_FDCWD, path, LARGEST_FILE, &schemata, err) < 0)
		return -1;
	strvec_each (line, lines)
		if (!is_so(strbuf_text(&schemata), *line))
			return error_set(err, ERROR_CONFLICT,
					 "linux.intelRdt: the group '%s' is there already and has "
					 "not '%s': take its schemata, or another closID",
					 group, *line);
	return 0;
}

/* ---- the door -------------------------------------------------------------------------------- */

static int make_directory(const char *path, struct error *err)
{
	if (mkdir(path, 0755) == 0)
		return 0;
	if (errno == ENOSPC)
		return error_set(err, ENOSPC,
				 "cannot make the group '%s': the processor has no more of them",
				 path);
	return error_errno(err, "cannot make the group '%s'", path);
}

static int make_group(const char *path, const struct spec_intel_rdt *rdt, struct error *err)
{
	auto_strvec struct strvec lines = {0};

	list_lines(&lines, rdt);
	if (is_there(path))
		return compare_lines(path, &lines, err);
	if (rdt->group && lines.count == 0)
		return error_set(err, ERROR_NOT_FOUND,
				 "linux.intelRdt: there is no group '%s', and nothing says what it "
				 "would have",
				 path);
	if (make_directory(path, err) < 0)
		return error_wrap(err, "linux.intelRdt");
	if (write_lines(path, &lines, err) == 0)
		return 0;
	/* Nobody is in it yet, and one with a name of its own would not go with the container. */
	rmdir(path);
	return -1;
}

/* As the kernel's documentation asks everybody to: a group that is there has its schemata then. */
static int lock(const char *mount, struct error *err)
{
	auto_close int fd = open(mount, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	while (fd >= 0 && flock(fd, LOCK_EX) < 0)
		if (errno != EINTR)
			return error_errno(err, "cannot lock '%s'", mount);
	return fd < 0 ? error_errno(err, "cannot open '%s'", mount) : take_fd(&fd);
}

int resctrl_make(const struct resctrl_plan *plan, const char *mount,
		 const struct spec_intel_rdt *rdt, struct error *err)
{
	auto_close int locked = lock(mount, err);

	if (locked < 0)
		return error_wrap(err, "linux.intelRdt");
	if (make_group(plan->groups.items[0], rdt, err) < 0)
		return -1;
	if (plan->groups.count < 2)
		return 0;
	if (make_directory(plan->groups.items[1], err) < 0)
		return error_wrap(err, "linux.intelRdt: monitoring");
	return 0;
}

int resctrl_join(char *const *groups, pid_t pid, struct error *err)
{
	char text[24];

	snprintf(text, sizeof(text), "%d", pid);
	for (; groups && *groups; groups++) {
		auto_free char *path = path_join(*groups, "tasks");

		if (file_write_pseudo(AT_FDCWD, path, text, err) < 0)
			return error_wrap(err, "cannot put the process into the group '%s'",
					  *groups);
	}
	return 0;
}

int resctrl_remove(const char *group, struct error *err)
{
	if (rmdir(group) == 0 || errno == ENOENT)
		return 0;
	return error_errno(err, "cannot remove the group '%s'", group);
}
