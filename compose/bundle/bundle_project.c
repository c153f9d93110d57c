/* SPDX-License-Identifier: Apache-2.0 */
#include "compose/bundle/bundle_project.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/map.h"
#include "base/strbuf.h"
#include "base/strvec.h"

#include <dirent.h>
#include <string.h>
#include <sys/stat.h>

#define MOST_DEPTH 64

struct gathering {
	struct project *project;
	struct arena *arena;
	struct strvec *notes;
	struct bundle_file *files;
	size_t count;
	int64_t size;
	struct map paths; /* that are there already */
	struct strvec images;
};

/* ------------------------------------------------------------------ files */

static int add_file(struct gathering *gathering, const struct bundle_file *file, struct error *err)
{
	if (map_has(&gathering->paths, file->path))
		return 0;
	gathering->size += file->size;
	if (gathering->count >= BUNDLE_MOST_FILES || gathering->size > BUNDLE_MOST_BYTES)
		return error_set(err, ERROR_INVALID,
				 "'%s': a bundle has room for %zu files and 1 GiB of the project; "
				 "bind what is larger by an absolute path",
				 file->source ? file->source : file->path, BUNDLE_MOST_FILES);
	map_set(&gathering->paths, file->path, NULL);
	gathering->files = arena_grow(gathering->arena, gathering->files, gathering->count,
				      sizeof(*gathering->files));
	gathering->files[gathering->count++] = *file;
	return 0;
}

static int add_text(struct gathering *gathering, const char *path, const char *text, mode_t mode,
		    struct error *err)
{
	const struct bundle_file file = {.path = arena_string(gathering->arena, path),
					 .mode = mode,
					 .text = arena_string(gathering->arena, text)};

	return add_file(gathering, &file, err);
}

static int add_tree(struct gathering *gathering, const char *source, const char *path,
		    unsigned depth, struct error *err);

static int add_folder(struct gathering *gathering, const char *source, const char *path,
		      unsigned depth, struct error *err)
{
	auto_closedir DIR *folder = opendir(source);
	auto_strvec struct strvec names = {0};
	struct dirent *entry;

	if (!folder)
		return error_errno(err, "cannot open the folder '%s'", source);
	while ((entry = readdir(folder)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			strvec_add(&names, entry->d_name);
	strvec_sort(&names);
	for (size_t i = 0; i < names.count; i++) {
		auto_free char *below = alloc_format("%s/%s", source, names.items[i]);
		auto_free char *to = alloc_format("%s/%s", path, names.items[i]);

		if (add_tree(gathering, below, to, depth + 1, err) < 0)
			return -1;
	}
	return 0;
}

/* A link to a file is that file's content. */
static int add_tree(struct gathering *gathering, const char *source, const char *path,
		    unsigned depth, struct error *err)
{
	struct bundle_file file = {.path = arena_string(gathering->arena, path),
				   .source = arena_string(gathering->arena, source)};
	struct stat status, own;

	if (lstat(source, &own) < 0 || stat(source, &status) < 0)
		return error_errno(err, "cannot look at '%s'", source);
	file.mode = status.st_mode & 0777;
	if (S_ISREG(status.st_mode)) {
		file.size = status.st_size;
		return add_file(gathering, &file, err);
	}
	if (!S_ISDIR(status.st_mode) || depth > MOST_DEPTH || (S_ISLNK(own.st_mode) && depth > 0))
		return error_set(err, ERROR_INVALID,
				 "'%s' is neither a file nor a folder: a bundle cannot hold it",
				 source);
	file.is_folder = true;
	if (add_file(gathering, &file, err) < 0)
		return -1;
	return add_folder(gathering, source, path, depth, err);
}

/* ------------------------------------------------------------------ services */

static void add_image(struct gathering *gathering, const char *name)
{
	if (name && !strvec_contains(&gathering->images, name))
		strvec_add(&gathering->images, name);
}

static int add_bind(struct gathering *gathering, const struct service *service,
		    struct service_volume *use, struct error *err)
{
	const char *directory = gathering->project->working_dir;
	size_t length = strlen(directory);
	const char *below = use->source + length + 1;
	auto_free char *path = NULL;
	struct stat status;

	if (strncmp(use->source, directory, length) != 0 || use->source[length] != '/') {
		strvec_addf(gathering->notes,
			    "services.%s: '%s' is a path of the machine: it has to be there",
			    service->name, use->source);
		return 0;
	}
	path = alloc_format("files/%s", below);
	use->source = arena_format(gathering->arena, "./%s", path);
	/* What is not there is made where it is brought up, too. */
	if (lstat(arena_format(gathering->arena, "%s/%s", directory, below), &status) < 0)
		return 0;
	return add_tree(gathering, arena_format(gathering->arena, "%s/%s", directory, below), path,
			0, err);
}

static int add_service(struct gathering *gathering, struct service *service, struct error *err)
{
	static char never[] = "never";

	if (service->provider) {
		strvec_addf(gathering->notes,
			    "services.%s: its provider '%s' has to be on the machine",
			    service->name, service->provider->type);
	} else {
		if (!service->image)
			service->image =
				arena_format(gathering->arena, "%s%s%s", gathering->project->name,
					     gathering->project->name_separator, service->name);
		service->pull_policy = never;
		add_image(gathering, service->image);
	}
	service->build = NULL;
	service->develop = NULL;
	service->label_files = NULL;
	service->env_files.count = 0;
	service->env_files.items = NULL;
	for (size_t i = 0; i < service->pre_start.count; i++)
		add_image(gathering, service->pre_start.items[i].image);
	for (size_t i = 0; i < service->volumes.count; i++) {
		struct service_volume *use = &service->volumes.items[i];

		if (strcmp(use->type, "image") == 0)
			add_image(gathering, use->source);
		else if (strcmp(use->type, "bind") == 0 &&
			 add_bind(gathering, service, use, err) < 0)
			return -1;
	}
	return 0;
}

/* ------------------------------------------------------------------ configs and secrets */

static int add_content(struct gathering *gathering, struct project_file *file, const char *folder,
		       mode_t mode, struct error *err)
{
	auto_free char *path = alloc_format("%s/%s", folder, file->key);
	int result;

	if (file->external == TRISTATE_TRUE || file->content)
		return 0;
	if (file->file)
		result = add_tree(gathering, file->file, path, 0, err);
	else if (file->value)
		result = add_text(gathering, path, file->value, mode, err);
	else
		return error_set(err, ERROR_INVALID, "%s.%s: the variable '%s' is not set", folder,
				 file->key, file->environment ? file->environment : "");
	file->file = arena_format(gathering->arena, "./%s", path);
	file->environment = file->value = NULL;
	return result < 0 ? error_wrap(err, "%s.%s", folder, file->key) : 0;
}

static void leave_out(struct gathering *gathering, struct project_file *file)
{
	if (!file->name)
		file->name = arena_string(gathering->arena, file->key);
	if (file->external != TRISTATE_TRUE)
		strvec_addf(gathering->notes,
			    "secrets.%s is left out: 'coracle secret create %s FILE' on the "
			    "machine, or --secrets",
			    file->key, file->name);
	file->external = TRISTATE_TRUE;
	file->file = file->environment = file->value = file->content = NULL;
}

static int gather(struct gathering *gathering, bool has_secrets, struct error *err)
{
	struct project *project = gathering->project;

	for (size_t i = 0; i < project->services.count; i++)
		if (add_service(gathering, &project->services.items[i], err) < 0)
			return -1;
	for (size_t i = 0; i < project->configs.count; i++)
		if (add_content(gathering, &project->configs.items[i], "configs", 0644, err) < 0)
			return -1;
	for (size_t i = 0; i < project->secrets.count; i++) {
		if (!has_secrets)
			leave_out(gathering, &project->secrets.items[i]);
		else if (add_content(gathering, &project->secrets.items[i], "secrets", 0600, err) <
			 0)
			return -1;
	}
	return 0;
}

int bundle_project(struct bundle_write *write, struct project *project, bool has_secrets,
		   struct strvec *notes, struct arena *arena, struct error *err)
{
	struct gathering gathering = {.project = project, .arena = arena, .notes = notes};
	auto_strbuf struct strbuf text = {0};
	/* It comes first, and is known last. */
	int result = add_text(&gathering, BUNDLE_COMPOSE, "", 0644, err);

	if (result == 0)
		result = gather(&gathering, has_secrets, err);
	project_print(&text, project, PROJECT_YAML);
	if (result == 0 && gathering.images.count == 0)
		result = error_set(err, ERROR_INVALID, "the project has no service with an image");
	if (result == 0) {
		gathering.files[0].text = arena_string(arena, strbuf_text(&text));
		*write = (struct bundle_write){
			.project = project->name,
			.images = strvec_copy(&gathering.images, arena),
			.files = gathering.files,
			.count = gathering.count,
		};
	}
	map_release(&gathering.paths);
	strvec_release(&gathering.images);
	return result;
}
