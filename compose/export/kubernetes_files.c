/* SPDX-License-Identifier: Apache-2.0 */
/* ConfigMaps and Secrets: what configs, secrets, files of the project and env_file become. */
#include "compose/export/kubernetes_private.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "base/utf8.h"
#include "registry/base64.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define MOST_FILES 64
#define MOST_DEPTH 8

/* ------------------------------------------------------------------ ConfigMaps */

struct config_map *kubernetes_config_map(struct export_work *work, const char *id, const char *wish)
{
	struct config_map *map = map_get(&work->maps, id);
	struct node *metadata;

	if (map)
		return map;
	map = arena_alloc(work->arena, sizeof(*map));
	map->name = export_name(work, "config", id, wish);
	map->object = kubernetes_object(work, "v1", "ConfigMap", map->name);
	metadata = export_map_at(work, map->object, "metadata");
	kubernetes_label(work, export_map_at(work, metadata, "labels"), NULL);
	map_set(&work->maps, id, map);
	return map;
}

const char *kubernetes_map_key(struct export_work *work, const char *text)
{
	char *key = arena_string(work->arena, text);

	for (char *p = key; *p; p++)
		if (!isalnum((unsigned char)*p) && !strchr("-_.", *p))
			*p = '_';
	return strcmp(key, ".") == 0 || strncmp(key, "..", 2) == 0
		       ? arena_format(work->arena, "_%s", key)
		       : key;
}

static bool is_text(const struct strbuf *content)
{
	return !memchr(strbuf_text(content), '\0', content->length) &&
	       utf8_is_valid(strbuf_text(content), content->length);
}

/* Text below the first of @keys, anything else in base64 below the second. */
static void set_content(struct export_work *work, struct node *object, const char *const keys[2],
			const char *key, const struct strbuf *content)
{
	auto_free char *encoded = NULL;

	if (is_text(content)) {
		export_set_text(work, export_map_at(work, object, keys[0]), key,
				arena_string(work->arena, strbuf_text(content)));
		return;
	}
	encoded = base64_encode(strbuf_text(content), content->length);
	export_set_text(work, export_map_at(work, object, keys[1]), key,
			arena_string(work->arena, encoded));
}

void kubernetes_note_resolver(struct export_work *work, const struct step *way, const char *text)
{
	if (text && strstr(text, "127.0.0.11"))
		export_note(
			work, way,
			"127.0.0.11 answers no names there: in most clusters "
			"kube-dns.kube-system.svc.cluster.local does, and it wants whole names");
}

void kubernetes_map_add(struct export_work *work, struct config_map *map, const char *key,
			const struct strbuf *content)
{
	static const char *const keys[] = {"data", "binaryData"};

	if (node_get(node_get(map->object, "data"), key) ||
	    node_get(node_get(map->object, "binaryData"), key))
		return;
	map->size += content->length + strlen(key);
	set_content(work, map->object, keys, key, content);
}

static int compare_maps(const void *a, const void *b)
{
	const struct config_map *const *left = a, *const *right = b;

	return strcmp((*left)->name, (*right)->name);
}

void kubernetes_print_maps(struct export_work *work)
{
	struct config_map **sorted =
		arena_array(work->arena, work->maps.count + 1, sizeof(struct config_map *));
	auto_strbuf struct strbuf text = {0};

	for (size_t i = 0; i < work->maps.count; i++)
		sorted[i] = work->maps.entries[i].value;
	qsort(sorted, work->maps.count, sizeof(struct config_map *), compare_maps);
	for (size_t i = 0; i < work->maps.count; i++)
		kubernetes_print(&text, sorted[i]->object);
	if (text.length)
		export_add_file(work, "configs.yaml", &text, false);
}

/* ------------------------------------------------------------------ files of the project */

struct gathering {
	struct export_work *work;
	struct strvec paths; /* below the folder */
	size_t size;
};

static bool gather(struct gathering *gathering, const char *folder, const char *below,
		   unsigned depth);

static bool gather_one(struct gathering *gathering, const char *folder, const char *path,
		       unsigned depth)
{
	auto_free char *full = alloc_format("%s/%s", folder, path);
	struct stat status;

	if (stat(full, &status) < 0)
		return false;
	if (S_ISDIR(status.st_mode))
		return depth < MOST_DEPTH && gather(gathering, folder, path, depth + 1);
	gathering->size += (size_t)status.st_size;
	strvec_add(&gathering->paths, path);
	return S_ISREG(status.st_mode) && gathering->paths.count <= MOST_FILES &&
	       gathering->size <= CONFIG_MAP_MOST;
}

/* The regular files of a folder; false: there is something else, or too much. */
static bool gather(struct gathering *gathering, const char *folder, const char *below,
		   unsigned depth)
{
	auto_free char *full = alloc_format("%s/%s", folder, below);
	auto_closedir DIR *directory = opendir(full);
	struct dirent *entry;

	if (!directory)
		return false;
	while ((entry = readdir(directory))) {
		auto_free char *path =
			alloc_format("%s%s%s", below, *below ? "/" : "", entry->d_name);

		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (!gather_one(gathering, folder, path, depth))
			return false;
	}
	return true;
}

static const char *wish_for(struct export_work *work, const char *path)
{
	size_t length = strlen(work->project->working_dir);
	const char *below =
		strncmp(path, work->project->working_dir, length) == 0 ? path + length + 1 : path;

	return arena_format(work->arena, "file-%s", below);
}

static int add_file(struct export_work *work, struct config_files *files, const char *path,
		    const char *key, struct error *err)
{
	auto_strbuf struct strbuf content = {0};

	if (file_read(AT_FDCWD, path, CONFIG_MAP_MOST, &content, err) < 0)
		return -1;
	kubernetes_map_add(work, files->map, key, &content);
	return 1;
}

static int add_folder(struct export_work *work, const char *path, struct config_files *files,
		      struct error *err)
{
	struct gathering gathering = {.work = work};
	int status = gather(&gathering, path, "", 0) && gathering.paths.count ? 1 : 0;

	strvec_sort(&gathering.paths);
	for (size_t i = 0; status > 0 && i < gathering.paths.count; i++) {
		const char *below = gathering.paths.items[i];
		const char *key = kubernetes_map_key(work, below);
		auto_free char *full = alloc_format("%s/%s", path, below);
		struct node *item;

		if (!files->map) {
			files->map = kubernetes_config_map(work, path, wish_for(work, path));
			files->items = node_new_list(work->arena, NULL);
		}
		item = export_add_map(work, files->items);
		export_set_text(work, item, "key", key);
		export_set_text(work, item, "path", below);
		status = add_file(work, files, full, key, err);
	}
	strvec_release(&gathering.paths);
	return status;
}

int kubernetes_map_files(struct export_work *work, const char *path, struct config_files *files,
			 struct error *err)
{
	const char *slash = strrchr(path, '/');
	struct stat status;

	*files = (struct config_files){0};
	if (stat(path, &status) < 0)
		return 0;
	if (S_ISDIR(status.st_mode))
		return add_folder(work, path, files, err);
	if (!S_ISREG(status.st_mode) || (size_t)status.st_size > CONFIG_MAP_MOST)
		return 0;
	files->map = kubernetes_config_map(work, path, wish_for(work, path));
	files->key = kubernetes_map_key(work, slash ? slash + 1 : path);
	return add_file(work, files, path, files->key, err);
}

/* ------------------------------------------------------------------ configs and secrets */

static int read_content(struct strbuf *content, const struct project_file *file,
			const char *attribute, struct error *err)
{
	if (file->content) {
		strbuf_add(content, file->content);
	} else if (file->file) {
		if (file_read(AT_FDCWD, file->file, CONFIG_MAP_MOST, content, err) < 0)
			return error_wrap(err, "%s.%s", attribute, file->key);
	} else if (file->value) {
		strbuf_add(content, file->value);
	} else {
		return error_set(err, ERROR_INVALID, "%s.%s: the variable '%s' is not set",
				 attribute, file->key,
				 file->environment ? file->environment : file->key);
	}
	return 0;
}

int kubernetes_config(struct export_work *work, const struct project_file *file, const char **name,
		      struct error *err)
{
	const char *id = arena_format(work->arena, "config %s", file->key);
	auto_strbuf struct strbuf content = {0};
	struct config_map *map;

	if (file->external == TRISTATE_TRUE) {
		*name = file->name ? file->name : file->key;
		export_note(work, WAY(KEY("configs"), KEY(file->key)),
			    "the ConfigMap '%s' with the key '%s' must be there", *name, file->key);
		return 0;
	}
	if (read_content(&content, file, "configs", err) < 0)
		return -1;
	map = kubernetes_config_map(work, id, file->key);
	kubernetes_add_labels(work, export_map_at(work, map->object, "metadata"), file->labels,
			      WAY(KEY("configs"), KEY(file->key)));
	kubernetes_map_add(work, map, kubernetes_map_key(work, file->key), &content);
	*name = map->name;
	return 0;
}

const char *kubernetes_secret(struct export_work *work, const struct project_file *file)
{
	if (file->external == TRISTATE_TRUE)
		return file->name ? file->name : file->key;
	return export_name(work, "secret", file->key, file->key);
}

/* How to make what is only referred to. */
static void note_secret(struct export_work *work, const struct project_file *file)
{
	const char *name = kubernetes_secret(work, file);
	const char *key = kubernetes_map_key(work, file->key);
	const struct step *way = WAY(KEY("secrets"), KEY(file->key));

	if (file->external == TRISTATE_TRUE)
		export_note(work, way, "the Secret '%s' with the key '%s' must be there", name,
			    file->key);
	else if (file->file)
		export_note(work, way,
			    "it is not written but with --secrets: 'kubectl create secret generic "
			    "%s --from-file=%s=%s'",
			    name, key, file->file);
	else
		export_note(work, way,
			    "it is not written but with --secrets: 'kubectl create secret generic "
			    "%s --from-literal=%s=\"$%s\"'",
			    name, key, file->environment ? file->environment : file->key);
}

static int print_secret(struct export_work *work, const struct project_file *file,
			struct strbuf *text, struct error *err)
{
	static const char *const keys[] = {"stringData", "data"};
	auto_strbuf struct strbuf content = {0};
	struct node *object, *metadata;

	if (read_content(&content, file, "secrets", err) < 0)
		return -1;
	object = kubernetes_object(work, "v1", "Secret", kubernetes_secret(work, file));
	metadata = export_map_at(work, object, "metadata");
	kubernetes_label(work, export_map_at(work, metadata, "labels"), NULL);
	kubernetes_add_labels(work, metadata, file->labels, WAY(KEY("secrets"), KEY(file->key)));
	export_set_text(work, object, "type", "Opaque");
	set_content(work, object, keys, kubernetes_map_key(work, file->key), &content);
	kubernetes_print(text, object);
	return 0;
}

int kubernetes_print_secrets(struct export_work *work, struct error *err)
{
	const struct project *project = work->project;
	auto_strbuf struct strbuf text = {0};

	for (size_t i = 0; i < project->secrets.count; i++) {
		const struct project_file *file = &project->secrets.items[i];

		if (!work->request->has_secrets || file->external == TRISTATE_TRUE)
			note_secret(work, file);
		else if (print_secret(work, file, &text, err) < 0)
			return -1;
	}
	if (text.length)
		export_add_file(work, "secrets.yaml", &text, true);
	return 0;
}
