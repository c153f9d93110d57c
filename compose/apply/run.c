/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `run`: what the service needs is started, and a one-off container of it made.
 */
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/units.h"
#include "compose/apply/actual.h"
#include "compose/apply/apply_private.h"
#include "compose/apply/build.h"
#include "compose/apply/convergence.h"
#include "compose/apply/external.h"
#include "compose/apply/networks.h"
#include "compose/apply/provider.h"
#include "compose/apply/pull.h"
#include "compose/apply/service_config.h"
#include "compose/apply/service_files.h"
#include "compose/apply/start_set.h"
#include "compose/apply/volumes.h"
#include "compose/apply/wait.h"
#include "engine/labels.h"
#include "engine/mount_text.h"
#include "net/port_text.h"
#include "runtime/cgroup.h"

#include <string.h>

static void start_options(struct apply_up *up, const struct apply_run *run)
{
	*up = (struct apply_up){
		.timeout_ns = -1,
		.create_only_missing = true,
		.remove_orphans = run->remove_orphans,
		.pull = run->pull,
		.quiet_pull = run->quiet_pull,
		.builds = run->builds,
		.no_build = run->no_build,
		.quiet_build = run->quiet_build,
	};
}

static int bring_image(struct convergence *convergence, struct error *err)
{
	for (size_t i = 0; i < convergence->selected.count; i++)
		convergence->selected.services[i].replicas = 1;
	return apply_pull_needed(convergence, err) < 0 ? -1 : apply_build_needed(convergence, err);
}

/* What the service needs, started and in the condition that it asks for. */
static int start_dependencies(const struct apply *apply, const struct apply_run *run,
			      const struct service *service, struct arena *arena, struct error *err)
{
	struct apply dependencies = *apply;
	struct start_set set = {.apply = apply, .arena = arena};
	struct apply_up up;
	struct actual actual;
	size_t count = 0;

	dependencies.services =
		arena_array(arena, service->depends_on.count + 1, sizeof(*dependencies.services));
	for (size_t i = 0; i < service->depends_on.count; i++)
		if (project_find_service(apply->project, service->depends_on.items[i].service))
			dependencies.services[count++] = service->depends_on.items[i].service;
	if (!count || run->no_deps)
		return 0;
	start_options(&up, run);
	if (apply_up(&dependencies, &up, err) < 0 ||
	    actual_load(&actual, apply->engine, apply_name(apply), arena, err) < 0)
		return -1;
	set.present = arena_array(arena, actual.count + 1, sizeof(*set.present));
	for (size_t i = 0, used = 0; i < actual.count; i++)
		if (!labels_is_one_off(&actual.containers[i]))
			set.present[used++] = &actual.containers[i];
	return apply_wait_conditions(&set, service, err);
}

static void add_environment(struct container_config *config, const struct apply_run *run,
			    struct arena *arena)
{
	size_t before = 0, added = 0;
	char **env;

	while (config->env && config->env[before])
		before++;
	while (run->env && run->env[added])
		added++;
	env = arena_array(arena, before + added + 1, sizeof(*env));
	for (size_t i = 0; i < before; i++)
		env[i] = config->env[i];
	for (size_t i = 0; i < added; i++)
		env[before + i] = run->env[i];
	config->env = env;
}

static char **append(struct arena *arena, char **first, char **second)
{
	size_t n = 0, m = 0;
	char **all;

	while (first && first[n])
		n++;
	while (second && second[m])
		m++;
	all = arena_array(arena, n + m + 1, sizeof(*all));
	for (size_t i = 0; i < n + m; i++)
		all[i] = i < n ? first[i] : second[i - n];
	return all;
}

static void add_labels(struct container_config *config, const struct apply_run *run,
		       const char *slug, struct arena *arena)
{
	size_t count = 0;
	struct pair *labels;

	while (run->labels && run->labels[count])
		count++;
	labels = arena_array(arena, config->label_count + count + 1, sizeof(*labels));
	memcpy(labels, config->labels, config->label_count * sizeof(*labels));
	labels[config->label_count++] = (struct pair){LABEL_SLUG, slug};
	for (size_t i = 0; i < count; i++) {
		size_t length = strcspn(run->labels[i], "=");

		labels[config->label_count++] = (struct pair){
			.name = arena_string_n(arena, run->labels[i], length),
			.value = run->labels[i][length] ? run->labels[i] + length + 1 : "",
		};
	}
	config->labels = labels;
}

static int add_publications(struct container_config *config, const struct apply *apply,
			    const struct apply_run *run, struct arena *arena, struct error *err)
{
	if (!run->service_ports)
		config->port_count = 0;
	config->port_share = NULL;
	for (char **text = run->publish; text && *text; text++)
		if (port_text_add(&config->ports, &config->port_count, *text, arena, err) < 0)
			return -1;
	for (char **text = run->volumes; text && *text; text++) {
		config->mounts = arena_grow(arena, config->mounts, config->mount_count,
					    sizeof(*config->mounts));
		if (mount_text_parse(&config->mounts[config->mount_count++], *text,
				     apply->project->working_dir, arena, err) < 0)
			return -1;
	}
	return 0;
}

static void override(struct container_config *config, const struct apply_run *run,
		     struct arena *arena)
{
	if (run->entrypoint) {
		config->entrypoint = run->entrypoint;
		config->cmd = NULL;
	}
	if (run->command)
		config->cmd = run->command;
	if (run->user)
		config->user = run->user;
	if (run->working_dir)
		config->working_dir = run->working_dir;
	config->cap_add = append(arena, config->cap_add, run->cap_add);
	config->cap_drop = append(arena, config->cap_drop, run->cap_drop);
	config->tty = run->tty;
	config->stdin_open = run->stdin_open;
	config->auto_remove = run->auto_remove;
	config->restart = (struct container_restart_policy){0};
}

/* They are up; what they set is asked for once more. */
static int ask_providers(const struct apply *apply, const struct apply_run *run,
			 const struct service **service, struct arena *arena, struct error *err)
{
	struct plan_selection all;

	if (run->no_deps)
		return 0;
	if (plan_select(&all, apply->project, (char *[]){(char *)run->service, NULL}, false, arena,
			err) < 0 ||
	    apply_provide(apply, &all, arena, err) < 0)
		return -1;
	for (size_t i = 0; i < all.count; i++)
		if (strcmp(all.services[i].service->name, run->service) == 0)
			*service = all.services[i].service;
	return 0;
}

int apply_create_run(const struct apply *apply, const struct apply_run *run,
		     struct container *container, struct arena *arena, struct error *err)
{
	const struct service *service = project_find_service(apply->project, run->service);
	struct apply_up up;
	struct convergence convergence = {.apply = apply, .options = &up, .arena = arena};
	struct container_config config;
	struct service_file_set files;
	char slug[65], hash[65];
	struct service_instance instance = {
		.project = apply->project,
		.service = service,
		.has_aliases = run->use_aliases,
		.config_hash = hash,
		.files = &files,
		.engine = apply->engine,
	};

	if (!service)
		return error_set(err, ERROR_NOT_FOUND, "no such service: %s", run->service);
	start_options(&up, run);
	if (plan_select(&convergence.selected, apply->project,
			(char *[]){(char *)run->service, NULL}, true, arena, err) < 0 ||
	    cgroup_check(err) < 0 || apply_require_external(&convergence, err) < 0 ||
	    bring_image(&convergence, err) < 0 ||
	    start_dependencies(apply, run, service, arena, err) < 0 ||
	    ask_providers(apply, run, &service, arena, err) < 0 ||
	    apply_ensure_networks(&convergence, err) < 0 ||
	    apply_ensure_volumes(&convergence, err) < 0 ||
	    service_files_load(&files, &instance, arena, err) < 0)
		return -1;
	instance.service = service;
	units_random_hex(slug, 32);
	project_service_hash(hash, apply->project, service);
	instance.name =
		run->name ? run->name
			  : service_made_name(apply->project, service,
					      arena_format(arena, "run%s%.12s",
							   apply->project->name_separator, slug),
					      arena);
	if (service_config_build(&config, &instance, arena, err) < 0)
		return -1;
	override(&config, run, arena);
	add_environment(&config, run, arena);
	add_labels(&config, run, arena_string(arena, slug), arena);
	if (add_publications(&config, apply, run, arena, err) < 0)
		return -1;
	if (container_create(apply->engine, &config, container, arena, err) < 0)
		return service_explain_image(service, config.image, err);
	return 0;
}
