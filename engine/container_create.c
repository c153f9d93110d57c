/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Creates a container: checks what can be checked before a process exists, resolves the
 * configuration against the image, makes volumes and secret files, and writes container.json last.
 * What a kill leaves before that line is litter without a container.json; see
 * container_remove_litter.
 */
#include "engine/container.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/pair.h"
#include "base/strvec.h"
#include "base/units.h"
#include "engine/container_cgroup.h"
#include "engine/container_claim.h"
#include "engine/container_event.h"
#include "engine/container_json.h"
#include "engine/container_mounts.h"
#include "engine/container_remains.h"
#include "engine/exposed_ports.h"
#include "engine/labels.h"
#include "engine/logs/logfile.h"
#include "engine/namespace_mode.h"
#include "engine/network_names.h"
#include "engine/platform.h"
#include "engine/random_name.h"
#include "engine/start.h"
#include "runtime/cgroup.h"
#include "runtime/identity.h"
#include "storage/overlay.h"
#include "storage/secret/secret.h"
#include "storage/store_lock.h"
#include "storage/volume/volume.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define DEFAULT_PATH "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

struct create {
	struct engine *engine;
	struct arena *arena;
	const struct container_config *config;
	struct container *container;
	struct image image;
};

static size_t count_strings(char *const *items)
{
	size_t count = 0;

	while (items && items[count])
		count++;
	return count;
}

/* The two vectors one after the other, in the arena; the strings are shared. */
static char **concatenate(struct arena *arena, char *const *first, char *const *second)
{
	size_t n = count_strings(first), m = count_strings(second);
	char **all = arena_array(arena, n + m + 1, sizeof(*all));

	if (n)
		memcpy(all, first, n * sizeof(*all));
	if (m)
		memcpy(all + n, second, m * sizeof(*all));
	return all;
}

static int resolve_args(struct create *create, struct error *err)
{
	const struct container_config *config = create->config;
	char **entrypoint = config->entrypoint ? config->entrypoint : create->image.entrypoint;
	char **cmd = config->cmd || config->entrypoint ? config->cmd : create->image.cmd;

	create->container->args = concatenate(create->arena, entrypoint, cmd);
	if (!create->container->args[0])
		return error_set(err, ERROR_INVALID,
				 "no command: image '%s' has none, so give a command or entrypoint",
				 config->image);
	return 0;
}

static int resolve_env(struct create *create, struct error *err)
{
	auto_strvec struct strvec env = {0}, image_env = {0};

	(void)err;
	strvec_add(&env, DEFAULT_PATH);
	for (char **entry = create->image.env; entry && *entry; entry++)
		if (strchr(*entry, '=') > *entry) /* image text never selects a host variable */
			strvec_add(&image_env, *entry);
	strvec_merge_env(&env, image_env.items);
	if (create->config->tty)
		strvec_setenv(&env, "TERM=xterm");
	strvec_merge_env(&env, create->config->env);
	create->container->env = strvec_copy(&env, create->arena);
	return 0;
}

static int64_t first_set(int64_t a, int64_t b, int64_t fallback)
{
	return a ? a : b ? b : fallback;
}

static int resolve_health(struct create *create, struct error *err)
{
	const struct image_healthcheck *asked = &create->config->healthcheck;
	const struct image_healthcheck *image = &create->image.healthcheck;
	struct image_healthcheck *health = &create->container->healthcheck;

	(void)err;
	health->test = asked->test ? asked->test : image->test;
	if (!health->test || !health->test[0] || strcmp(health->test[0], "NONE") == 0) {
		health->test = NULL;
		return 0;
	}
	health->interval_ns = first_set(asked->interval_ns, image->interval_ns, 30 * SECOND);
	health->timeout_ns = first_set(asked->timeout_ns, image->timeout_ns, 30 * SECOND);
	health->start_period_ns = first_set(asked->start_period_ns, image->start_period_ns, 0);
	health->start_interval_ns =
		first_set(asked->start_interval_ns, image->start_interval_ns, 5 * SECOND);
	health->retries = (int)first_set(asked->retries, image->retries, 3);
	return 0;
}

static bool is_published(const struct container_config *config, const struct port_request *port)
{
	for (size_t i = 0; i < config->port_count; i++)
		if (config->ports[i].container_port == port->container_port &&
		    strcmp(config->ports[i].protocol, port->protocol) == 0)
			return true;
	return false;
}

static void publish_exposed(struct create *create)
{
	struct container_config *config = &create->container->config;
	size_t count = count_strings(create->container->expose);
	struct port_request *ports =
		arena_array(create->arena, config->port_count + count + 1, sizeof(*ports));

	if (config->port_count)
		memcpy(ports, config->ports, config->port_count * sizeof(*ports));
	config->ports = ports;
	for (char **text = create->container->expose; *text; text++) {
		struct port_request port = {
			.protocol = strchr(*text, '/') + 1,
			.container_port = (uint16_t)strtol(*text, NULL, 10),
		};

		if (!is_published(config, &port))
			ports[config->port_count++] = port;
	}
}

static int resolve_process(struct create *create, struct error *err)
{
	const struct container_config *config = create->config;
	struct container *container = create->container;

	container->user = config->user ? config->user : create->image.user;
	container->working_dir =
		config->working_dir ? config->working_dir : create->image.working_dir;
	if (!container->working_dir || !*container->working_dir)
		container->working_dir = "/";
	if (*container->working_dir != '/')
		return error_set(err, ERROR_INVALID,
				 "the working directory '%s' is invalid, it needs to be an "
				 "absolute path",
				 container->working_dir);
	container->stop_signal =
		config->stop_signal ? config->stop_signal : create->image.stop_signal;
	if (!container->stop_signal)
		container->stop_signal = "SIGTERM";
	if (spec_signal(container->stop_signal) < 0)
		return error_set(err, ERROR_INVALID, "invalid signal: %s", container->stop_signal);
	container->expose =
		exposed_ports_merge(create->arena, create->image.exposed_ports, config->expose);
	if (config->publish_all)
		publish_exposed(create);
	return 0;
}

/* The image's, and over them the container's own. Which project it belongs to, no image says. */
static int resolve_labels(struct create *create, struct error *err)
{
	const struct container_config *own = create->config;
	struct container_config *config = &create->container->config;
	const struct image *image = &create->image;
	struct pair *kept = arena_array(create->arena, image->label_count + 1, sizeof(*kept));
	size_t count = 0;

	(void)err;
	config->labels = NULL;
	config->label_count = 0;
	for (size_t i = 0; i < image->label_count; i++)
		if (!labels_is_internal(image->labels[i].name))
			kept[count++] = image->labels[i];
	pair_merge(&config->labels, &config->label_count, kept, count, create->arena);
	pair_merge(&config->labels, &config->label_count, own->labels, own->label_count,
		   create->arena);
	return 0;
}

static int resolve_mounts(struct create *create, struct error *err)
{
	return container_mounts_resolve(create->engine, create->container, &create->image,
					create->arena, err);
}

static int check_networks(struct create *create, struct error *err)
{
	const struct container_config *config = create->config;

	if (network_names_resolve(create->engine, &create->container->config, create->arena, err) <
	    0)
		return -1;
	if (config->port_count && namespace_mode_is(config->network_mode, NAMESPACE_CONTAINER))
		return error_set(err, ERROR_INVALID,
				 "conflicting options: port publishing and the container type "
				 "network mode");
	if (config->port_count && namespace_mode_is(config->network_mode, NAMESPACE_HOST))
		log_warning("Published ports are discarded when using host network mode");
	return 0;
}

static int check_capabilities(char *const *names, const char *list, struct error *err)
{
	for (; names && *names; names++)
		if (strcasecmp(*names, "ALL") != 0 && spec_capability(*names) < 0)
			return error_set(err, ERROR_INVALID,
					 "invalid %s: unknown capability: \"%s\"", list, *names);
	return 0;
}

static int check_options(struct create *create, struct error *err)
{
	const struct container_config *config = create->config;
	struct pair pairs[32];
	struct log_options options;
	size_t count = config->log_option_count;

	if (count > array_length(pairs))
		return error_set(err, ERROR_INVALID, "more than 32 logging options");
	for (size_t i = 0; i < count; i++)
		pairs[i] = (struct pair){config->log_options[i].name, config->log_options[i].value};
	if (container_cgroup_check_parent(config->cgroup_parent, err) < 0 ||
	    check_capabilities(config->cap_add, "CapAdd", err) < 0 ||
	    check_capabilities(config->cap_drop, "CapDrop", err) < 0)
		return -1;
	return log_options_parse(&options, config->log_driver, pairs, count, err);
}

/* Owner of a secret: as asked for, looked up in the image, or the container's user. */
static int resolve_owner(const struct container_file *file, const struct spec_user *user,
			 int rootfs_fd, struct secret_file *secret, struct error *err)
{
	secret->uid = user->uid;
	secret->gid = user->gid;
	if (file->uid && identity_find_user(&secret->uid, rootfs_fd, file->uid, err) < 0)
		return error_wrap(err, "%s", file->target);
	if (file->gid && identity_find_group(&secret->gid, rootfs_fd, file->gid, err) < 0)
		return error_wrap(err, "%s", file->target);
	return 0;
}

static int install_files(struct create *create, struct error *err)
{
	const struct container_config *config = create->config;
	struct overlay_request overlay = {
		.chain_ids = create->image.chain_ids,
		.layer_count = create->image.layer_count,
		.container_fd = -1,
	};
	struct secret_file *files;
	struct identity identity;
	auto_close int rootfs_fd = -1;

	if (!config->file_count)
		return 0;
	rootfs_fd = overlay_mount(&create->engine->layout, &overlay, err);
	if (rootfs_fd < 0 || identity_resolve(&identity, create->arena, rootfs_fd,
					      create->container->user, NULL, err) < 0)
		return -1;
	files = arena_array(create->arena, config->file_count, sizeof(*files));
	for (size_t i = 0; i < config->file_count; i++) {
		const struct container_file *file = &config->files[i];

		files[i] = (struct secret_file){
			.name = arena_format(create->arena, "%zu", i),
			.content = file->content,
			.length = file->length,
			.mode = file->mode < 0 ? 0444 : (mode_t)file->mode & 0555,
		};
		if (resolve_owner(file, &identity.user, rootfs_fd, &files[i], err) < 0)
			return -1;
	}
	return secret_install(&create->engine->layout, create->container->id, files,
			      config->file_count, err);
}

static bool has_files(struct engine *engine, const struct container *container)
{
	bool all = true;

	for (size_t i = 0; i < container->config.file_count; i++) {
		char name[24];
		auto_free char *path = NULL;

		snprintf(name, sizeof(name), "%zu", i);
		path = secret_path(&engine->layout, container->id, name);
		all = all && access(path, F_OK) == 0;
	}
	return all;
}

int container_renew_files(struct engine *engine, const struct container *container,
			  const struct container_config *config, struct error *err)
{
	auto_arena struct arena arena = {0};
	auto_close int lock = -1;
	struct create create = {
		.engine = engine,
		.arena = &arena,
		.config = config,
		.container = (struct container *)container, /* only read */
		.image = {.chain_ids = container->chain_ids, .layer_count = container->layer_count},
	};

	if (config->file_count != container->config.file_count || has_files(engine, container))
		return 0;
	lock = container_lock(engine, container->id, true, err);
	return lock < 0 ? -1 : install_files(&create, err);
}

static int write_container(struct create *create, struct error *err)
{
	struct container *container = create->container;

	if (container_claim_name(create->engine, container->name, container->id, err) < 0)
		return -1;
	return container_json_save(create->engine, container, err);
}

static const struct step {
	int (*run)(struct create *create, struct error *err);
} steps[] = {
	{check_options},   {check_networks}, {resolve_args},   {resolve_env},	{resolve_health},
	{resolve_process}, {resolve_labels}, {resolve_mounts}, {install_files}, {write_container},
};

/* Until it is locked, a new directory looks like litter, which another command may remove. */
static int make_locked(struct create *create, struct error *err)
{
	const char *id = create->container->id;
	struct error reason = {.code = ERROR_NOT_FOUND};
	int lock = -1;

	for (int attempt = 0; lock < 0 && reason.code == ERROR_NOT_FOUND && attempt < 10;
	     attempt++) {
		struct container_dirs dirs;

		if (container_dirs_create(create->engine, id, &dirs, &reason) < 0) {
			reason.code = reason.code == ENOENT ? ERROR_NOT_FOUND : reason.code;
			continue;
		}
		container_dirs_close(&dirs);
		lock = container_lock(create->engine, id, true, &reason);
	}
	if (lock < 0)
		error_pass(err, &reason);
	return lock;
}

static int run_steps(struct create *create, struct error *err)
{
	/* Until container.json names them, nothing else keeps its volumes. */
	auto_close int volumes = volume_hold(&create->engine->layout, false, err);
	auto_close int lock = volumes < 0 ? -1 : make_locked(create, err);

	if (lock < 0)
		return -1;
	for (size_t i = 0; i < array_length(steps); i++)
		if (steps[i].run(create, err) < 0)
			return -1;
	return 0;
}

int container_create(struct engine *engine, const struct container_config *config,
		     struct container *container, struct arena *arena, struct error *err)
{
	struct create create = {
		.engine = engine, .arena = arena, .config = config, .container = container};
	struct timespec now = units_now();
	char id[65], created[UNITS_TIME_SIZE];
	auto_close int store_lock = -1;

	if (cgroup_check(err) < 0)
		return -1;
	units_random_hex(id, 32);
	*container = (struct container){
		.id = arena_string(arena, id),
		.name = config->name ? arena_string(arena, config->name)
				     : random_name(engine, arena),
		.created = arena_string(arena, units_format_time(created, &now)),
		.config = *config,
	};
	if (container_check_name(container->name, err) < 0)
		return -1;
	/* Until container.json names them, nothing else keeps the image's layers. */
	store_lock = store_lock_share(&engine->layout, err);
	if (store_lock < 0 ||
	    image_find_for(&engine->layout, &(struct image_wish){config->image, config->platform},
			   &create.image, arena, err) < 0)
		return -1;
	if (platform_check(config->platform, &create.image, err) < 0)
		return error_wrap(err, "image '%s'", config->image);
	container->image_id = create.image.id;
	container->chain_ids = create.image.chain_ids;
	container->layer_count = create.image.layer_count;
	if (run_steps(&create, err) < 0) {
		container_remove_litter(engine, id);
		return -1;
	}
	container_event(container, "create", NULL, 0);
	return 0;
}
