/* SPDX-License-Identifier: Apache-2.0 */
#include "compose/apply/service_config.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/pair.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "base/units.h"
#include "compose/apply/service_files.h"
#include "compose/apply/service_mounts.h"
#include "compose/apply/service_network.h"
#include "compose/apply/service_resources.h"
#include "engine/labels.h"
#include "engine/logs/logfile.h"
#include "engine/security_options.h"

#include <stdio.h>
#include <string.h>

static void add_label(struct container_config *config, struct arena *arena, const char *name,
		      const char *value)
{
	pair_set(&config->labels, &config->label_count, (struct pair){name, value ? value : ""},
		 arena);
}

static const char *join(struct arena *arena, char *const *items)
{
	auto_strbuf struct strbuf text = {0};

	for (; items && *items; items++)
		strbuf_printf(&text, "%s%s", text.length ? "," : "", *items);
	return arena_string(arena, strbuf_text(&text));
}

static const char *dependencies_text(const struct service *service, struct arena *arena)
{
	auto_strbuf struct strbuf text = {0};

	for (size_t i = 0; i < service->depends_on.count; i++) {
		const struct service_dependency *edge = &service->depends_on.items[i];

		strbuf_printf(&text, "%s%s:%s:%s", i ? "," : "", edge->service,
			      model_conditions[edge->condition],
			      edge->restart == TRISTATE_TRUE ? "true" : "false");
	}
	return arena_string(arena, strbuf_text(&text));
}

static void set_labels(struct container_config *config, const struct service_instance *instance,
		       struct arena *arena)
{
	const struct project *project = instance->project;

	pair_set_entries(&config->labels, &config->label_count, instance->service->labels, arena);
	add_label(config, arena, LABEL_PROJECT, project->name);
	add_label(config, arena, LABEL_SERVICE, instance->service->name);
	add_label(config, arena, LABEL_ONEOFF, instance->number ? "False" : "True");
	if (instance->number)
		add_label(config, arena, LABEL_NUMBER, arena_format(arena, "%d", instance->number));
	add_label(config, arena, LABEL_VERSION, CORACLE_VERSION);
	add_label(config, arena, LABEL_WORKING_DIR, project->working_dir);
	add_label(config, arena, LABEL_CONFIG_FILES, join(arena, project->files));
	if (project->env_files && project->env_files[0])
		add_label(config, arena, LABEL_ENVIRONMENT_FILE, join(arena, project->env_files));
	add_label(config, arena, LABEL_DEPENDS_ON, dependencies_text(instance->service, arena));
	add_label(config, arena, LABEL_CONFIG_HASH, instance->config_hash);
	if (instance->image_id)
		add_label(config, arena, LABEL_IMAGE, instance->image_id);
	if (instance->files && *instance->files->hash)
		add_label(config, arena, LABEL_FILES_HASH, instance->files->hash);
	if (!instance->service->image)
		add_label(config, arena, LABEL_BUILT, "true");
	if (instance->replaces)
		add_label(config, arena, LABEL_REPLACES, instance->replaces);
}

/* What deploy calls its conditions besides the words of `restart`. */
static const char *restart_word(const char *text)
{
	if (strcmp(text, "none") == 0)
		return container_restarts[RESTART_NO];
	return strcmp(text, "any") == 0 ? container_restarts[RESTART_ALWAYS] : text;
}

/* deploy.restart_policy beats restart; its default condition is any. */
static void set_restart(struct container_config *config, const struct service *service)
{
	const struct deploy_restart_policy *deploy =
		service->deploy ? service->deploy->restart_policy : NULL;
	struct container_restart_policy *policy = &config->restart;

	if (!deploy) {
		if (service->restart)
			container_restart_parse(policy, service->restart, NULL);
		return;
	}
	policy->condition = RESTART_ALWAYS;
	if (deploy->condition)
		container_restart_parse(policy, restart_word(deploy->condition), NULL);
	policy->max_attempts = (int)model_number(deploy->max_attempts, 0);
	policy->delay_ns = model_number(deploy->delay, 0);
	policy->window_ns = model_number(deploy->window, 0);
}

static void set_health(struct container_config *config, const struct service *service)
{
	static char none[] = "NONE";
	static char *disabled[] = {none, NULL};
	const struct service_healthcheck *check = service->healthcheck;

	if (!check)
		return;
	config->healthcheck = (struct image_healthcheck){
		.test = check->disable == TRISTATE_TRUE ? disabled : check->test,
		.interval_ns = model_number(check->interval, 0),
		.timeout_ns = model_number(check->timeout, 0),
		.start_period_ns = model_number(check->start_period, 0),
		.start_interval_ns = model_number(check->start_interval, 0),
		.retries = (int)model_number(check->retries, 0),
	};
}

static void set_process(struct container_config *config, const struct service *service)
{
	config->entrypoint = service->entrypoint;
	config->cmd = service->command;
	config->env = service->environment;
	config->working_dir = service->working_dir;
	config->user = service->user;
	config->group_add = service->group_add;
	config->tty = model_flag(service->tty, false);
	config->stdin_open = model_flag(service->stdin_open, false);
	config->use_init = model_flag(service->init, false);
	config->read_only = model_flag(service->read_only, false);
	config->privileged = model_flag(service->privileged, false);
	config->cap_add = service->cap_add;
	config->cap_drop = service->cap_drop;
	config->stop_signal = service->stop_signal;
	config->stop_timeout_ns = model_number(service->stop_grace_period, -1);
	set_restart(config, service);
	set_health(config, service);
}

static int set_security(struct container_config *config, const struct service_instance *instance,
			struct arena *arena, struct error *err)
{
	if (security_options_set(config, instance->service->security_opt,
				 instance->project->working_dir, arena, err) < 0)
		return error_wrap(err, "services.%s.security_opt", instance->service->name);
	return 0;
}

static int set_logging(struct container_config *config, const struct service *service,
		       struct arena *arena, struct error *err)
{
	struct pair *options = NULL;
	size_t count = 0;

	if (!service->logging)
		return 0;
	config->log_driver = log_options_driver(service->logging->driver);
	if (!config->log_driver)
		return error_set(
			err, ERROR_UNSUPPORTED,
			"services.%s.logging.driver: '%s' is not supported: use json-file, "
			"local, syslog, journald or none",
			service->name, service->logging->driver);
	pair_set_entries(&options, &count, service->logging->options, arena);
	config->log_options = arena_array(arena, count + 1, sizeof(*options));
	for (size_t i = 0; i < count; i++)
		if (log_options_is_option(config->log_driver, options[i].name))
			config->log_options[config->log_option_count++] = options[i];
	return 0;
}

int service_config_build(struct container_config *config, const struct service_instance *instance,
			 struct arena *arena, struct error *err)
{
	const struct service *service = instance->service;

	*config = (struct container_config){
		.name = instance->name,
		.image = service_image(instance->project, service, arena),
		.platform = service_platform(instance->project, service),
		.hostname = service->hostname,
		.domainname = service->domainname,
	};
	set_process(config, service);
	pair_set_entries(&config->sysctls, &config->sysctl_count, service->sysctls, arena);
	pair_set_entries(&config->annotations, &config->annotation_count, service->annotations,
			 arena);
	set_labels(config, instance, arena);
	if (set_logging(config, service, arena, err) < 0 ||
	    set_security(config, instance, arena, err) < 0 ||
	    service_resources_set(config, instance, arena, err) < 0 ||
	    service_network_set(config, instance, arena, err) < 0 ||
	    service_mounts_set(config, instance, arena, err) < 0)
		return -1;
	if (instance->files) {
		config->files = instance->files->items;
		config->file_count = instance->files->count;
	}
	return 0;
}
