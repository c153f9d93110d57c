/* SPDX-License-Identifier: Apache-2.0 */
/* What a container has mounted: Volume=, Mount= and Tmpfs= of [Container]. */
#include "compose/export/systemd_private.h"

#include "base/cleanup.h"
#include "base/path.h"
#include "base/strbuf.h"
#include "compose/export/unit_text.h"

#include <string.h>

static void add_option(struct strbuf *options, const char *text)
{
	if (text)
		strbuf_printf(options, "%s%s", options->length ? "," : ":", text);
}

/* A named volume of the project is a unit of its own. */
static const char *source_of(const struct systemd_unit *unit, const struct service_volume *use)
{
	const struct project *project = unit->work->project;
	const struct project_volume *volume = strcmp(use->type, "volume") == 0 && use->source
						      ? project_find_volume(project, use->source)
						      : NULL;

	if (!volume && use->source && use->source[0] == '/') {
		auto_free char *clean = path_clean(use->source);

		return arena_string(unit->work->arena, clean);
	}
	if (!volume)
		return use->source;
	if (volume->external == TRISTATE_TRUE)
		return volume->name ? volume->name : volume->key;
	return arena_format(unit->work->arena, "%s-%s.volume", project->name, volume->key);
}

/* Of Volume= the generator makes a RequiresMountsFor= without quotes, so a source with blanks goes
 * to Podman as an argument. */
static void add_bind(const struct systemd_unit *unit, const char *source, const char *target,
		     const char *options)
{
	const char *text = arena_format(unit->work->arena, "%s%s%s%s", source ? source : "",
					source ? ":" : "", target, options);

	if (!source || source[0] != '/' || !strpbrk(source, " \t\"'\\")) {
		unit_text_line(unit->text, "Volume", text);
		return;
	}
	strbuf_add(unit->text, "PodmanArgs=--volume ");
	unit_text_word(unit->text, text);
	strbuf_add_char(unit->text, '\n');
}

static void add_mount(const struct systemd_unit *unit, const struct service_volume *use,
		      const char *subpath)
{
	auto_strbuf struct strbuf text = {0};

	strbuf_printf(&text, "type=%s,source=%s,destination=%s,subpath=%s", use->type,
		      source_of(unit, use), use->target, subpath);
	if (use->read_only == TRISTATE_TRUE)
		strbuf_add(&text, ",readonly=true");
	unit_text_line(unit->text, "Mount", strbuf_text(&text));
}

static void add_tmpfs(const struct systemd_unit *unit, const struct service_volume *use)
{
	auto_strbuf struct strbuf options = {0};
	char text[40];

	if (use->tmpfs && model_number(use->tmpfs->size, 0) > 0) {
		snprintf(text, sizeof(text), "size=%lld", (long long)use->tmpfs->size);
		add_option(&options, text);
	}
	if (use->tmpfs && use->tmpfs->mode != MODEL_UNSET) {
		snprintf(text, sizeof(text), "mode=%llo", (long long)use->tmpfs->mode);
		add_option(&options, text);
	}
	if (use->read_only == TRISTATE_TRUE)
		add_option(&options, "ro");
	unit_text_linef(unit->text, "Tmpfs", "%s%s", use->target, strbuf_text(&options));
}

static void add_volume(const struct systemd_unit *unit, const struct service_volume *use)
{
	const char *subpath = use->volume && use->volume->subpath ? use->volume->subpath
			      : use->image			  ? use->image->subpath
								  : NULL;
	const char *source = source_of(unit, use);
	auto_strbuf struct strbuf options = {0};

	if (!use->target)
		return;
	if (strcmp(use->type, "tmpfs") == 0) {
		add_tmpfs(unit, use);
		return;
	}
	if (source && (subpath || strcmp(use->type, "image") == 0)) {
		add_mount(unit, use, subpath ? subpath : "/");
		return;
	}
	add_option(&options, use->read_only == TRISTATE_TRUE ? "ro" : NULL);
	add_option(&options, use->bind ? use->bind->propagation : NULL);
	add_option(&options, use->bind ? use->bind->selinux : NULL);
	if (use->volume && use->volume->nocopy == TRISTATE_TRUE)
		add_option(&options, "nocopy");
	add_bind(unit, source, use->target, strbuf_text(&options));
}

/* ------------------------------------------------------------------ configs and secrets */

/* What the compose file holds itself is a file beside the unit. */
static const char *path_of(const struct systemd_unit *unit, const struct project_file *file)
{
	struct export_work *work = unit->work;
	const char *path = arena_format(work->arena, "files/%s-%s", work->project->name, file->key);
	const char *key = arena_format(work->arena, "unit file/%s", path);
	struct strbuf text = {.text = file->content,
			      .length = file->content ? strlen(file->content) : 0};

	if (file->file)
		return file->file;
	if (!file->content)
		return NULL; /* a row of the table has said so */
	if (!map_has(&work->taken, key))
		export_add_file(work, arena_format(work->arena, "quadlet/%s", path), &text, false);
	map_set(&work->taken, key, NULL);
	return arena_format(work->arena, "./%s", path);
}

static void add_file(const struct systemd_unit *unit, const struct project_file_list *list,
		     const struct service_file *use, const char *folder)
{
	const struct project_file *file = project_find_file(list, use->source);
	const char *path = file ? path_of(unit, file) : NULL;
	const char *target = use->target ? use->target : use->source;

	if (path)
		add_bind(unit, path,
			 arena_format(unit->work->arena, "%s%s", *target == '/' ? "" : folder,
				      target),
			 ":ro");
}

void systemd_mounts(const struct systemd_unit *unit)
{
	const struct project *project = unit->work->project;
	const struct service *service = unit->service;

	for (size_t i = 0; i < service->volumes.count; i++)
		add_volume(unit, &service->volumes.items[i]);
	unit_text_each(unit->text, "Tmpfs", service->tmpfs);
	for (size_t i = 0; i < service->devices.count; i++) {
		const struct service_device *device = &service->devices.items[i];

		unit_text_linef(unit->text, "AddDevice", "%s%s%s%s%s", device->source,
				device->target ? ":" : "", device->target ? device->target : "",
				device->permissions ? ":" : "",
				device->permissions ? device->permissions : "");
	}
	for (size_t i = 0; i < service->secrets.count; i++)
		add_file(unit, &project->secrets, &service->secrets.items[i], "/run/secrets/");
	for (size_t i = 0; i < service->configs.count; i++)
		add_file(unit, &project->configs, &service->configs.items[i], "/");
}
