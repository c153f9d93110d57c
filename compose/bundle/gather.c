/* SPDX-License-Identifier: Apache-2.0 */
#include "compose/bundle/gather.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "base/strvec.h"

#include <dirent.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

#define MOST_DEPTH 64

void gather_note(struct gathering *gathering, const struct step *way, const char *format, ...)
{
	auto_free char *text = NULL;
	va_list args;

	va_start(args, format);
	text = alloc_vformat(format, args);
	va_end(args);
	gathering->notes = arena_grow(gathering->arena, gathering->notes, gathering->note_count,
				      sizeof(*gathering->notes));
	gathering->notes[gathering->note_count++] =
		export_note_make(gathering->project, way, text, gathering->arena);
}

void gather_release(struct gathering *gathering)
{
	map_release(&gathering->paths);
}

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

int gather_text(struct gathering *gathering, const char *path, const char *text, mode_t mode,
		struct error *err)
{
	const struct bundle_file file = {.path = arena_string(gathering->arena, path),
					 .mode = mode,
					 .text = arena_string(gathering->arena, text)};

	return add_file(gathering, &file, err);
}

int gather_folder(struct gathering *gathering, const char *path, mode_t mode, struct error *err)
{
	const struct bundle_file file = {
		.path = arena_string(gathering->arena, path), .mode = mode, .is_folder = true};

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

void gather_settle(struct gathering *gathering, struct service *service)
{
	if (!service->image && !service->provider)
		service->image = arena_format(gathering->arena, "%s%s%s", gathering->project->name,
					      gathering->project->name_separator, service->name);
	service->build = NULL;
	service->develop = NULL;
	service->label_files = NULL;
	service->env_files.count = 0;
	service->env_files.items = NULL;
}

int gather_bind(struct gathering *gathering, const struct service *service, size_t index,
		struct error *err)
{
	struct service_volume *use = &service->volumes.items[index];
	const char *directory = gathering->project->working_dir;
	size_t length = strlen(directory);
	const char *below, *source;
	auto_free char *path = NULL;
	struct stat status;

	if (strncmp(use->source, directory, length) != 0 || use->source[length] != '/') {
		gather_note(gathering,
			    WAY(KEY("services"), KEY(service->name), KEY("volumes"), ITEM(index)),
			    "'%s' is a path of the machine: it has to be there", use->source);
		return 0;
	}
	below = use->source + length + 1;
	path = alloc_format("files/%s", below);
	source = arena_format(gathering->arena, "%s/%s", directory, below);
	use->source = arena_format(gathering->arena, "./%s", path);
	/* What is not there is made where it is brought up, too. */
	if (lstat(source, &status) < 0)
		return 0;
	return add_tree(gathering, source, path, 0, err);
}

/* ------------------------------------------------------------------ configs and secrets */

static int place_content(struct gathering *gathering, struct project_file *file, const char *path,
			 mode_t mode, struct error *err)
{
	if (file->file)
		return add_tree(gathering, file->file, path, 0, err);
	if (file->value)
		return gather_text(gathering, path, file->value, mode, err);
	return error_set(err, ERROR_INVALID, "the variable '%s' is not set",
			 file->environment ? file->environment : "");
}

int gather_content(struct gathering *gathering, struct project_file *file, const char *folder,
		   mode_t mode, struct error *err)
{
	auto_free char *path = alloc_format("%s/%s", folder, file->key);

	if (file->external == TRISTATE_TRUE || file->content)
		return 0;
	if (place_content(gathering, file, path, mode, err) < 0)
		return error_wrap(err, "%s:%u:%u: %s.%s", file->where.file, file->where.line,
				  file->where.column, folder, file->key);
	file->file = arena_format(gathering->arena, "./%s", path);
	file->environment = file->value = NULL;
	return 0;
}
