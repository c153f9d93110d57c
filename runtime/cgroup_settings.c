/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/cgroup_settings.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/strbuf.h"
#include "runtime/cgroup.h"
#include "runtime/cgroup_limits.h"
#include "runtime/spec.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Lines for a file. */
struct setting {
	const char *name;
	char controller[16];
	char file[80];
	const char *other_file; /* to be tried first */
	struct strbuf text, other_text;
	struct strbuf before; /* what the file held */
	bool is_required, may_be_missing;
};

struct settings {
	struct setting *items;
	size_t count;
};

/* ---- the list of them ------------------------------------------------------------------------ */

static void release(struct settings *settings)
{
	for (size_t i = 0; i < settings->count; i++) {
		strbuf_release(&settings->items[i].text);
		strbuf_release(&settings->items[i].other_text);
		strbuf_release(&settings->items[i].before);
	}
	free(settings->items);
}

#define auto_settings __attribute__((cleanup(release)))

static struct setting *add(struct settings *settings, const char *name, const char *controller)
{
	struct setting *setting;

	settings->items = alloc_resize(settings->items, settings->count + 1, sizeof(*setting));
	setting = &settings->items[settings->count++];
	*setting = (struct setting){.name = name};
	snprintf(setting->controller, sizeof(setting->controller), "%s", controller);
	return setting;
}

static void add_limits(struct settings *settings, const struct spec_resources *resources)
{
	for (const struct cgroup_limit *limit = cgroup_limits; limit->name; limit++) {
		auto_strbuf struct strbuf text = {0};
		struct setting *setting;

		limit->format(&text, resources);
		if (!text.length)
			continue;
		setting = add(settings, limit->name, limit->controller);
		snprintf(setting->file, sizeof(setting->file), "%s", limit->file);
		setting->other_file = limit->other_file;
		if (limit->other_file)
			limit->format_other(&setting->other_text, resources);
		setting->text = text;
		text = (struct strbuf){0};
	}
}

/* Of what is used, and (where the kernel can) of what is reserved, which tells a program at once.
 */
static void add_hugepages(struct settings *settings, const struct spec_hugepages *hugepages)
{
	static const char *const files[] = {"max", "rsvd.max"};

	for (size_t i = 0; i < array_length(files); i++) {
		struct setting *setting = add(settings, "limit of huge pages", "hugetlb");

		snprintf(setting->file, sizeof(setting->file), "hugetlb.%s.%s", hugepages->size,
			 files[i]);
		strbuf_printf(&setting->text, "%" PRIu64 "\n", hugepages->limit);
		setting->may_be_missing = i == 1;
	}
}

static void add_unified(struct settings *settings, const struct pair *pair)
{
	char controller[16];
	struct setting *setting;

	snprintf(controller, sizeof(controller), "%.*s", (int)strcspn(pair->name, "."), pair->name);
	setting = add(settings, "unified setting", controller);
	snprintf(setting->file, sizeof(setting->file), "%s", pair->name);
	strbuf_printf(&setting->text, "%s\n", pair->value);
	setting->is_required = true;
}

/* In the order in which they must be written: what is given in the kernel's own words has the last
 * word. */
static void gather(struct settings *settings, const struct spec_resources *resources)
{
	add_limits(settings, resources);
	for (size_t i = 0; i < resources->hugepage_count; i++)
		add_hugepages(settings, &resources->hugepages[i]);
	for (size_t i = 0; i < resources->unified_count; i++)
		if (*resources->unified[i].value)
			add_unified(settings, &resources->unified[i]);
}

bool cgroup_settings_need(const struct spec_resources *resources, const char *controller)
{
	auto_settings struct settings settings = {0};

	gather(&settings, resources);
	for (size_t i = 0; i < settings.count; i++)
		if (strcmp(settings.items[i].controller, controller) == 0)
			return true;
	return false;
}

void cgroup_settings_each(const struct spec_resources *resources,
			  void (*each)(void *data, const char *file, const char *text), void *data)
{
	auto_settings struct settings settings = {0};

	gather(&settings, resources);
	for (size_t i = 0; i < settings.count; i++)
		each(data, settings.items[i].file, strbuf_text(&settings.items[i].text));
}

/* ---- what cannot be -------------------------------------------------------------------------- */

static const char *why_missing(int cgroup_fd, const struct setting *setting)
{
	auto_strbuf struct strbuf controllers = {0};

	file_read(cgroup_fd, "cgroup.controllers", 4096, &controllers, NULL);
	if (strstr(strbuf_text(&controllers), setting->controller))
		return "does not offer it (the kernel is too old, or an option or boot parameter "
		       "of it is missing)";
	if (access("/sys/fs/cgroup/cgroup.controllers", F_OK) < 0)
		return "is not in the cgroup v2 hierarchy: this host binds it to cgroup v1";
	return "is not enabled for this cgroup: a parent cgroup has processes of its own or is not "
	       "delegated to us";
}

void cgroup_warn_without(const struct spec_resources *resources)
{
	auto_settings struct settings settings = {0};

	gather(&settings, resources);
	for (size_t i = 0; i < settings.count; i++)
		log_warning_once(
			"the %s has no effect: containers have no cgroup of their own here",
			settings.items[i].name);
}

/* ---- writing --------------------------------------------------------------------------------- */

static int write_lines(int fd, const struct setting *setting, const char *file, char *text,
		       struct error *err)
{
	char *save = NULL;

	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		if (write(fd, line, strlen(line)) < 0)
			return error_errno(err, "cannot set the %s: cannot write '%s' to %s",
					   setting->name, line, file);
	return 0;
}

/* Whichever of its two files is there; -1 with errno. */
static int open_setting(int cgroup_fd, const struct setting *setting, int flags, const char **file)
{
	int fd = -1;

	*file = setting->other_file;
	if (*file)
		fd = openat(cgroup_fd, *file, flags | O_CLOEXEC);
	if (fd >= 0)
		return fd;
	*file = setting->file;
	return openat(cgroup_fd, *file, flags | O_CLOEXEC);
}

static int apply(int cgroup_fd, struct setting *setting, struct error *err)
{
	const char *file;
	auto_close int fd = open_setting(cgroup_fd, setting, O_WRONLY, &file);

	if (fd < 0 && (errno != ENOENT || setting->is_required))
		return error_errno(err, "cannot set the %s: cannot open '%s'", setting->name, file);
	if (fd < 0 && !setting->may_be_missing)
		log_warning_once("the %s has no effect: the %s controller %s", setting->name,
				 setting->controller, why_missing(cgroup_fd, setting));
	if (fd < 0)
		return 0;
	return write_lines(fd, setting, file,
			   file == setting->file ? setting->text.text : setting->other_text.text,
			   err);
}

static void keep(int cgroup_fd, struct setting *setting)
{
	const char *file;
	auto_close int fd = open_setting(cgroup_fd, setting, O_RDONLY, &file);

	if (fd >= 0)
		file_read(cgroup_fd, file, 65536, &setting->before, NULL);
}

/* An empty one (a set of CPUs) is written as a line, too. */
static void restore(int cgroup_fd, struct setting *setting)
{
	const char *file;
	auto_close int fd = open_setting(cgroup_fd, setting, O_WRONLY, &file);
	struct strbuf *text = &setting->before;

	if (fd >= 0 && text->length > 1)
		write_lines(fd, setting, file, text->text, NULL);
	else if (fd >= 0 && text->length == 1 && write(fd, text->text, 1) < 0)
		log_debug("cannot set the %s back", setting->name);
}

/* cgroup v2 has a limit of swap alone: what both together may be says nothing without the other. */
static void warn_of_swap(const struct spec_resources *resources)
{
	if (resources->memory_swap > 0 && resources->memory_limit <= 0)
		log_warning_once(
			"the limit of memory and swap has no effect without one of memory");
	else if (resources->memory_swap > 0 && resources->memory_swap < resources->memory_limit)
		log_warning_once("the limit of memory and swap is below that of memory: there is "
				 "no swap");
}

int cgroup_settings_apply(int cgroup_fd, const struct spec_resources *resources, struct error *err)
{
	auto_settings struct settings settings = {0};

	warn_of_swap(resources);
	gather(&settings, resources);
	for (size_t i = 0; i < settings.count; i++)
		if (apply(cgroup_fd, &settings.items[i], err) < 0)
			return -1;
	return 0;
}

/* The kernel of cgroup v2 takes any limit and kills until it is kept. */
static int check_usage(int cgroup_fd, const struct spec_resources *resources, struct error *err)
{
	auto_strbuf struct strbuf text = {0};

	if (!resources->check_before_update || resources->memory_limit <= 0 ||
	    file_read(cgroup_fd, "memory.current", 64, &text, NULL) < 0 ||
	    strtoll(strbuf_text(&text), NULL, 10) < resources->memory_limit)
		return 0;
	return error_set(err, ERROR_BUSY,
			 "cannot set the memory limit to %" PRId64 ": %.*s bytes are in use",
			 resources->memory_limit, (int)strcspn(strbuf_text(&text), "\n"),
			 strbuf_text(&text));
}

int cgroup_settings_change(int cgroup_fd, const struct spec_resources *resources, struct error *err)
{
	auto_settings struct settings settings = {0};
	size_t count = 0;
	int result = check_usage(cgroup_fd, resources, err);

	warn_of_swap(resources);
	gather(&settings, resources);
	for (; result == 0 && count < settings.count; count++) {
		keep(cgroup_fd, &settings.items[count]);
		result = apply(cgroup_fd, &settings.items[count], err);
	}
	while (result < 0 && count-- > 0)
		restore(cgroup_fd, &settings.items[count]);
	return result;
}
