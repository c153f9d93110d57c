/* SPDX-License-Identifier: Apache-2.0 */
/* Volumes of a pod, and where its containers have them. */
#include "compose/export/kubernetes_private.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "base/units.h"

#include <string.h>

/* One mount: what is known before the volume is. */
struct mount {
	struct pod_container *container;
	const struct step *way;
	const char *target, *subpath; /* NULL: the whole volume */
	bool is_read_only;
	const char *propagation; /* mountPropagation; NULL */
};

/* The pod's volume of this name, made with what @fill says when it is not there. */
static struct node *volume_at(struct pod *pod, const char *name, bool *is_new)
{
	struct node *volume;

	for (unsigned i = 0; i < pod->volumes->count; i++)
		if (strcmp(node_text(node_get(pod->volumes->items[i], "name")), name) == 0) {
			*is_new = false;
			return pod->volumes->items[i];
		}
	*is_new = true;
	volume = export_add_map(pod->work, pod->volumes);
	export_set_text(pod->work, volume, "name", name);
	return volume;
}

static void add_mount(const struct mount *mount, const char *volume)
{
	struct export_work *work = mount->container->pod->work;
	struct node *list = export_list_at(work, mount->container->node, "volumeMounts"), *item;

	for (unsigned i = 0; i < list->count; i++)
		if (strcmp(node_text(node_get(list->items[i], "mountPath")), mount->target) == 0) {
			export_note(work, mount->way, "something else is mounted at '%s'",
				    mount->target);
			return;
		}
	if (strchr(mount->target, ':')) {
		export_note(work, mount->way, "'%s': a path there has no colon", mount->target);
		return;
	}
	item = export_add_map(work, list);
	export_set_text(work, item, "name", volume);
	export_set_text(work, item, "mountPath", mount->target);
	if (mount->subpath)
		export_set_text(work, item, "subPath", mount->subpath);
	if (mount->is_read_only)
		export_set_flag(work, item, "readOnly", true);
	if (mount->propagation)
		export_set_text(work, item, "mountPropagation", mount->propagation);
}

static const char *pod_volume(struct pod *pod, const char *kind, const char *id, const char *wish)
{
	return export_name(pod->work, arena_format(pod->work->arena, "volume of %s", pod->name),
			   arena_format(pod->work->arena, "%s %s", kind, id),
			   arena_format(pod->work->arena, "%s-%s", kind, wish));
}

/* ------------------------------------------------------------------ memory, and nothing */

static void mount_memory(const struct mount *mount, const char *kind, int64_t size)
{
	struct pod *pod = mount->container->pod;
	const char *id = arena_format(pod->work->arena, "%s %s", mount->container->service->name,
				      mount->target);
	const char *name = pod_volume(pod, kind, id, mount->target);
	bool is_new;
	struct node *volume = volume_at(pod, name, &is_new), *directory;

	if (is_new) {
		directory = export_map_at(pod->work, volume, "emptyDir");
		export_set_text(pod->work, directory, "medium", "Memory");
		if (size > 0)
			export_set_text(pod->work, directory, "sizeLimit",
					arena_format(pod->work->arena, "%lld", (long long)size));
	}
	add_mount(mount, name);
}

static void mount_nothing(const struct mount *mount)
{
	struct pod *pod = mount->container->pod;
	const char *id = arena_format(pod->work->arena, "%s %s", mount->container->service->name,
				      mount->target);
	const char *name = pod_volume(pod, "scratch", id, mount->target);
	bool is_new;
	struct node *volume = volume_at(pod, name, &is_new);

	if (is_new)
		export_map_at(pod->work, volume, "emptyDir");
	export_note(pod->work, mount->way,
		    "a volume without a name lives as long as its pod: give it one");
	add_mount(mount, name);
}

/* "/run:size=64m,mode=1777,noexec" */
static void add_tmpfs(struct pod_container *container, const char *text, const struct step *way)
{
	struct export_work *work = container->pod->work;
	size_t length = strcspn(text, ":");
	struct mount mount = {.container = container,
			      .way = way,
			      .target = arena_string_n(work->arena, text, length)};
	char *options = text[length] ? arena_string(work->arena, text + length + 1) : NULL, *option;
	int64_t size = 0;

	while (options && (option = strsep(&options, ","))) {
		if (strncmp(option, "size=", 5) == 0 &&
		    units_parse_size(&size, option + 5, NULL) == 0)
			continue;
		if (strcmp(option, "ro") == 0)
			mount.is_read_only = true;
		else if (*option && strcmp(option, "rw") != 0)
			export_note(work, way, "'%s' has no counterpart: an emptyDir is 0777",
				    option);
	}
	mount_memory(&mount, "tmpfs", size);
}

/* ------------------------------------------------------------------ volumes */

static void add_template(struct pod *pod, const struct project_volume *volume, const char *name,
			 const struct step *way)
{
	struct export_work *work = pod->work;
	struct node *template, *metadata;

	for (unsigned i = 0; i < pod->claims->count; i++)
		if (strcmp(node_text(node_get(node_get(pod->claims->items[i], "metadata"), "name")),
			   name) == 0)
			return;
	template = export_add_map(work, pod->claims);
	metadata = export_map_at(work, template, "metadata");
	export_set_text(work, metadata, "name", name);
	kubernetes_add_labels(work, metadata, volume->labels,
			      WAY(KEY("volumes"), KEY(volume->key)));
	kubernetes_claim_spec(work, export_map_at(work, template, "spec"), volume, false);
	if (project_replicas(pod->service) > 1)
		export_note(work, way, "each of the %lld replicas gets a volume of its own",
			    (long long)project_replicas(pod->service));
}

static void mount_volume(const struct mount *mount, const struct project_volume *volume)
{
	struct pod *pod = mount->container->pod;
	const char *claim = kubernetes_claim(pod->work, volume), *name;
	struct node *node;
	bool is_new;

	if (pod->workload == WORKLOAD_STATEFUL_SET && kubernetes_is_own_volume(pod->work, volume)) {
		name = export_name(
			pod->work, arena_format(pod->work->arena, "volume of %s", pod->name),
			arena_format(pod->work->arena, "volume %s", volume->key), volume->key);
		add_template(pod, volume, name, mount->way);
		add_mount(mount, name);
		return;
	}
	name = pod_volume(pod, "volume", volume->key, volume->key);
	node = volume_at(pod, name, &is_new);
	if (is_new)
		export_set_text(pod->work, export_map_at(pod->work, node, "persistentVolumeClaim"),
				"claimName", claim);
	add_mount(mount, name);
}

/* ------------------------------------------------------------------ this machine's files */

static const char *propagation_of(const struct mount_bind *bind)
{
	if (!bind || !bind->propagation || strstr(bind->propagation, "private"))
		return NULL;
	return strstr(bind->propagation, "shared") ? "Bidirectional" : "HostToContainer";
}

static void mount_host(const struct mount *mount, const struct service_volume *use)
{
	struct pod *pod = mount->container->pod;
	const char *name = pod_volume(pod, "host", use->source, use->source);
	bool is_new;
	struct node *volume = volume_at(pod, name, &is_new);
	struct mount changed = *mount;

	if (is_new)
		export_set_text(pod->work, export_map_at(pod->work, volume, "hostPath"), "path",
				use->source);
	export_note(pod->work, mount->way, "'%s' is the path of a node, on each that runs a pod",
		    use->source);
	changed.propagation = propagation_of(use->bind);
	add_mount(&changed, name);
}

/* Files of the project come along, those of the machine do not. */
static bool is_of_project(const struct project *project, const char *path)
{
	size_t length = strlen(project->working_dir);

	return strncmp(path, project->working_dir, length) == 0 && path[length] == '/';
}

static int mount_bind(const struct mount *mount, const struct service_volume *use,
		      struct error *err)
{
	struct pod *pod = mount->container->pod;
	struct mount changed = *mount;
	struct config_files files;
	struct node *volume;
	const char *name;
	bool is_new;
	int status = is_of_project(pod->work->project, use->source)
			     ? kubernetes_map_files(pod->work, use->source, &files, err)
			     : 0;

	if (status < 0)
		return -1;
	if (status == 0) {
		mount_host(mount, use);
		return 0;
	}
	name = pod_volume(pod, "config", use->source, files.map->name);
	volume = volume_at(pod, name, &is_new);
	if (is_new) {
		volume = export_map_at(pod->work, volume, "configMap");
		export_set_text(pod->work, volume, "name", files.map->name);
		if (files.items)
			node_set(pod->work->arena, volume, "items", files.items);
	}
	if (!mount->is_read_only)
		export_note(pod->work, mount->way,
			    "it is a ConfigMap with what '%s' holds now: nothing can be written "
			    "into it",
			    use->source);
	if (files.key)
		kubernetes_note_resolver(
			pod->work, mount->way,
			node_text(node_get(node_get(files.map->object, "data"), files.key)));
	changed.subpath = files.key;
	changed.is_read_only = true;
	add_mount(&changed, name);
	return 0;
}

/* ------------------------------------------------------------------ a service's mounts */

static void mount_image(const struct mount *mount, const struct service_volume *use)
{
	struct pod *pod = mount->container->pod;
	const char *name = pod_volume(pod, "image", use->source, use->source);
	bool is_new;
	struct node *volume = volume_at(pod, name, &is_new);

	if (is_new)
		export_set_text(pod->work, export_map_at(pod->work, volume, "image"), "reference",
				use->source);
	add_mount(mount, name);
}

static int add_volume(struct pod_container *container, const struct service_volume *use, size_t i,
		      struct error *err)
{
	const struct project *project = container->pod->work->project;
	const struct project_volume *volume;
	struct mount mount = {
		.container = container,
		.way = WAY(KEY("services"), KEY(container->service->name), KEY("volumes"), ITEM(i)),
		.target = use->target,
		.is_read_only = use->read_only == TRISTATE_TRUE,
		.subpath = use->volume && use->volume->subpath ? use->volume->subpath
			   : use->image			       ? use->image->subpath
							       : NULL,
	};

	if (!use->target)
		return 0;
	if (strcmp(use->type, "bind") == 0)
		return mount_bind(&mount, use, err);
	if (strcmp(use->type, "tmpfs") == 0) {
		mount_memory(&mount, "tmpfs", use->tmpfs ? model_number(use->tmpfs->size, 0) : 0);
	} else if (strcmp(use->type, "image") == 0) {
		mount_image(&mount, use);
	} else {
		volume = use->source ? project_find_volume(project, use->source) : NULL;
		if (volume)
			mount_volume(&mount, volume);
		else
			mount_nothing(&mount);
	}
	return 0;
}

struct use {
	struct pod_container *container;
	const struct service_file *file;
	const char *attribute; /* "secrets" or "configs" */
	const char *kind;      /* "secret" or "config" */
	const char *source;    /* "secret" or "configMap" */
	const char *name_key;  /* "secretName" or "name" */
	const char *folder;    /* where a name alone is mounted */
	const struct project_file_list *list;
};

/* One of them may be used with several modes. */
static const char *add_file_volume(const struct use *use, const char *object,
				   const struct project_file *file)
{
	struct pod *pod = use->container->pod;
	bool has_mode = use->file->mode != MODEL_UNSET;
	const char *id = has_mode ? arena_format(pod->work->arena, "%s %lld", file->key,
						 (long long)use->file->mode)
				  : file->key;
	const char *name = pod_volume(pod, use->kind, id, file->key);
	bool is_new;
	struct node *volume = volume_at(pod, name, &is_new), *item;

	if (!is_new)
		return name;
	volume = export_map_at(pod->work, volume, use->source);
	export_set_text(pod->work, volume, use->name_key, object);
	item = export_add_map(pod->work, export_list_at(pod->work, volume, "items"));
	export_set_text(pod->work, item, "key", kubernetes_map_key(pod->work, file->key));
	export_set_text(pod->work, item, "path", "content");
	if (has_mode)
		export_set_number(pod->work, item, "mode", use->file->mode & 0777);
	return name;
}

static int add_file(const struct use *use, size_t i, struct error *err)
{
	struct export_work *work = use->container->pod->work;
	const struct project_file *file = project_find_file(use->list, use->file->source);
	const char *object, *target = use->file->target;
	struct mount mount = {.container = use->container,
			      .way = WAY(KEY("services"), KEY(use->container->service->name),
					 KEY(use->attribute), ITEM(i)),
			      .is_read_only = true,
			      .subpath = "content"};

	if (!file)
		return 0;
	if (strcmp(use->kind, "secret") == 0)
		object = kubernetes_secret(work, file);
	else if (kubernetes_config(work, file, &object, err) < 0)
		return -1;
	target = target ? target : use->file->source;
	mount.target =
		*target == '/' ? target : arena_format(work->arena, "%s/%s", use->folder, target);
	add_mount(&mount, add_file_volume(use, object, file));
	return 0;
}

static int add_files(struct pod_container *container, struct error *err)
{
	const struct project *project = container->pod->work->project;
	const struct service *service = container->service;
	struct use use = {.container = container,
			  .attribute = "secrets",
			  .kind = "secret",
			  .source = "secret",
			  .name_key = "secretName",
			  .folder = "/run/secrets",
			  .list = &project->secrets};

	for (size_t i = 0; i < service->secrets.count; i++) {
		use.file = &service->secrets.items[i];
		if (add_file(&use, i, err) < 0)
			return -1;
	}
	use = (struct use){.container = container,
			   .attribute = "configs",
			   .kind = "config",
			   .source = "configMap",
			   .name_key = "name",
			   .folder = "",
			   .list = &project->configs};
	for (size_t i = 0; i < service->configs.count; i++) {
		use.file = &service->configs.items[i];
		if (add_file(&use, i, err) < 0)
			return -1;
	}
	return 0;
}

int kubernetes_mounts(struct pod_container *container, struct error *err)
{
	const struct service *service = container->service;
	struct mount shm = {.container = container,
			    .way = WAY(KEY("services"), KEY(service->name), KEY("shm_size")),
			    .target = "/dev/shm"};

	for (size_t i = 0; i < service->volumes.count; i++)
		if (add_volume(container, &service->volumes.items[i], i, err) < 0)
			return -1;
	for (size_t i = 0; service->tmpfs && service->tmpfs[i]; i++)
		add_tmpfs(container, service->tmpfs[i],
			  WAY(KEY("services"), KEY(service->name), KEY("tmpfs"), ITEM(i)));
	if (service->shm_size != MODEL_UNSET)
		mount_memory(&shm, "shm", service->shm_size);
	return add_files(container, err);
}
