/* SPDX-License-Identifier: Apache-2.0 */
/* What `service inspect` shows: Docker's shape, out of the loaded model. */
#include "compose/stack/service_document.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/pair.h"
#include "base/units.h"
#include "compose/model/project.h"
#include "compose/stack/stack_change.h"
#include "compose/stack/stack_private.h"

#include <stdlib.h>
#include <string.h>

#define NANO 1e9

/* ------------------------------------------------------------------ parts */

static json *object_in(json *parent, const char *name)
{
	json *member = json_new_object();

	json_set(parent, name, member);
	return member;
}

static void set_strings(json *object, const char *name, char *const *items)
{
	if (items && *items)
		json_set(object, name, json_from_strings(items));
}

static void set_pairs(json *object, const char *name, char *const *entries, struct arena *arena)
{
	struct pair *pairs = NULL;
	size_t count = 0;

	pair_set_entries(&pairs, &count, entries, arena);
	json_set(object, name, pair_to_json(pairs, count));
}

static void set_given(json *object, const char *name, int64_t value)
{
	if (value != MODEL_UNSET)
		json_set_int(object, name, value);
}

static void set_true(json *object, const char *name, enum tristate value)
{
	if (value != TRISTATE_UNSET)
		json_set_bool(object, name, value == TRISTATE_TRUE);
}

/* ------------------------------------------------------------------ the container */

static json *mount_document(const struct service_volume *volume, const struct project *project)
{
	const struct project_volume *named =
		volume->source ? project_find_volume(project, volume->source) : NULL;
	json *mount = json_new_object();

	json_set_string(mount, "Type", volume->type);
	json_set_string(mount, "Source", named ? named->name : volume->source);
	json_set_string(mount, "Target", volume->target);
	if (volume->read_only == TRISTATE_TRUE)
		json_set_bool(mount, "ReadOnly", true);
	return mount;
}

static void set_mounts(json *spec, const struct service *service, const struct project *project)
{
	json *mounts = json_new_array();

	for (size_t i = 0; i < service->volumes.count; i++)
		json_add(mounts, mount_document(&service->volumes.items[i], project));
	if (json_length(mounts))
		json_set(spec, "Mounts", mounts);
	else
		json_cleanup(&mounts);
}

static json *file_document(const struct service_file *use, const struct project_file *file,
			   const char *kind, struct arena *arena)
{
	json *reference = json_new_object(), *target = object_in(reference, "File");

	json_set_string(target, "Name", use->target ? use->target : use->source);
	json_set_string(target, "UID", use->uid ? use->uid : "0");
	json_set_string(target, "GID", use->gid ? use->gid : "0");
	json_set_int(target, "Mode", model_number(use->mode, 0444));
	json_set_string(reference, arena_format(arena, "%sName", kind),
			file ? file->name : use->source);
	return reference;
}

static void set_files(json *spec, const char *kind, const struct service_file *uses, size_t count,
		      const struct project_file_list *list)
{
	auto_arena struct arena arena = {0};
	json *files;

	if (!count)
		return;
	files = json_new_array();
	for (size_t i = 0; i < count; i++)
		json_add(files, file_document(&uses[i], project_find_file(list, uses[i].source),
					      kind, &arena));
	json_set(spec, arena_format(&arena, "%ss", kind), files);
}

static void set_healthcheck(json *spec, const struct service_healthcheck *check)
{
	json *health;

	if (!check)
		return;
	health = object_in(spec, "Healthcheck");
	set_strings(health, "Test", check->test);
	set_given(health, "Interval", check->interval);
	set_given(health, "Timeout", check->timeout);
	set_given(health, "StartPeriod", check->start_period);
	set_given(health, "Retries", check->retries);
}

static void set_process(json *spec, const struct service *service, struct arena *arena)
{
	json_set_string(spec, "Image", service->image ? service->image : service->full_name);
	set_pairs(spec, "Labels", service->labels, arena);
	set_strings(spec, "Command", service->entrypoint);
	set_strings(spec, "Args", service->command);
	json_set_string(spec, "Hostname", service->hostname);
	set_strings(spec, "Env", service->environment);
	json_set_string(spec, "Dir", service->working_dir);
	json_set_string(spec, "User", service->user);
	set_strings(spec, "Groups", service->group_add);
	set_true(spec, "TTY", service->tty);
	set_true(spec, "OpenStdin", service->stdin_open);
	set_true(spec, "ReadOnly", service->read_only);
	set_true(spec, "Init", service->init);
	json_set_string(spec, "StopSignal", service->stop_signal);
	json_set_int(spec, "StopGracePeriod",
		     model_number(service->stop_grace_period, 10 * SECOND));
	set_strings(spec, "CapabilityAdd", service->cap_add);
	set_strings(spec, "CapabilityDrop", service->cap_drop);
}

static void add_container(json *task, const struct service *service, const struct project *project,
			  struct arena *arena)
{
	json *spec = object_in(task, "ContainerSpec"), *dns;

	set_process(spec, service, arena);
	set_mounts(spec, service, project);
	set_healthcheck(spec, service->healthcheck);
	set_strings(spec, "Hosts", service->extra_hosts);
	dns = object_in(spec, "DNSConfig");
	set_strings(dns, "Nameservers", service->dns);
	set_strings(dns, "Search", service->dns_search);
	set_strings(dns, "Options", service->dns_opt);
	set_files(spec, "Secret", service->secrets.items, service->secrets.count,
		  &project->secrets);
	set_files(spec, "Config", service->configs.items, service->configs.count,
		  &project->configs);
	json_set_string(spec, "Isolation", "default");
}

/* ------------------------------------------------------------------ the task */

static void add_limits(json *resources, const char *name, const struct deploy_limits *limits)
{
	json *object = object_in(resources, name);

	if (!limits)
		return;
	if (limits->cpus > 0)
		json_set_int(object, "NanoCPUs", (int64_t)(limits->cpus * NANO + 0.5));
	set_given(object, "MemoryBytes", limits->memory);
	set_given(object, "Pids", limits->pids);
}

static void add_restart(json *task, const struct deploy_restart_policy *policy)
{
	json *object = object_in(task, "RestartPolicy");

	json_set_string(object, "Condition", policy->condition ? policy->condition : "any");
	json_set_int(object, "Delay", model_number(policy->delay, 5 * SECOND));
	json_set_int(object, "MaxAttempts", model_number(policy->max_attempts, 0));
	set_given(object, "Window", policy->window);
}

static void add_networks(json *task, const struct service *service, const struct project *project)
{
	json *networks = json_new_array();

	for (size_t i = 0; i < service->networks.count; i++) {
		const struct service_network *use = &service->networks.items[i];
		const struct project_network *network = project_find_network(project, use->network);
		json *object = json_new_object();

		json_set_string(object, "Target", network ? network->name : use->network);
		set_strings(object, "Aliases", use->aliases);
		json_add(networks, object);
	}
	if (json_length(networks))
		json_set(task, "Networks", networks);
	else
		json_cleanup(&networks);
}

static void add_placement(json *task, const struct deploy_placement *placement)
{
	json *object = object_in(task, "Placement");

	if (!placement)
		return;
	set_strings(object, "Constraints", placement->constraints);
	set_given(object, "MaxReplicas", placement->max_replicas_per_node);
}

static int64_t forced(const struct service *service)
{
	for (char **label = service->labels; label && *label; label++)
		if (strncmp(*label, SERVICE_FORCED "=", strlen(SERVICE_FORCED "=")) == 0)
			return strtoll(*label + strlen(SERVICE_FORCED "="), NULL, 10);
	return 0;
}

static void add_task(json *spec, const struct service *service, const struct project *project,
		     struct arena *arena)
{
	const struct deploy_resources *resources = service->deploy->resources;
	json *task = object_in(spec, "TaskTemplate"), *object;

	add_container(task, service, project, arena);
	object = object_in(task, "Resources");
	add_limits(object, "Limits", resources ? resources->limits : NULL);
	add_limits(object, "Reservations", resources ? resources->reservations : NULL);
	add_restart(task, service->deploy->restart_policy);
	add_placement(task, service->deploy->placement);
	add_networks(task, service, project);
	if (service->logging && service->logging->driver) {
		object = object_in(task, "LogDriver");
		json_set_string(object, "Name", service->logging->driver);
		set_pairs(object, "Options", service->logging->options, arena);
	}
	json_set_int(task, "ForceUpdate", forced(service));
	json_set_string(task, "Runtime", "container");
}

/* ------------------------------------------------------------------ the service */

static void add_mode(json *spec, const struct stack_service *service)
{
	json *mode = object_in(spec, "Mode");

	if (strncmp(service_document_mode(service), "global", 6) == 0)
		object_in(mode, "Global");
	else
		json_set_int(object_in(mode, "Replicated"), "Replicas",
			     service_document_replicas(service));
}

static void add_update_config(json *spec, const char *name, const struct deploy_update *update)
{
	json *object = object_in(spec, name);

	json_set_int(object, "Parallelism", update ? model_number(update->parallelism, 1) : 1);
	json_set_int(object, "Delay", update ? model_number(update->delay, 0) : 0);
	json_set_string(object, "FailureAction",
			update && update->failure_action ? update->failure_action : "pause");
	json_set_int(object, "Monitor",
		     update ? model_number(update->monitor, 5 * SECOND) : 5 * SECOND);
	json_set(object, "MaxFailureRatio",
		 json_object_new_double(
			 update && update->max_failure_ratio > 0 ? update->max_failure_ratio : 0));
	json_set_string(object, "Order", update && update->order ? update->order : "stop-first");
}

static json *port_document(const struct service_port *port)
{
	json *object = json_new_object();

	json_set_string(object, "Protocol", port->protocol);
	json_set_int(object, "TargetPort", port->target);
	if (port->published)
		json_set_int(object, "PublishedPort", strtoll(port->published, NULL, 10));
	json_set_string(object, "PublishMode", port->mode);
	return object;
}

static void set_ports(json *object, const struct service *service)
{
	json *ports = json_new_array();

	for (size_t i = 0; i < service->ports.count; i++)
		json_add(ports, port_document(&service->ports.items[i]));
	if (json_length(ports)) {
		json_set(object, "Ports", ports);
		return;
	}
	json_cleanup(&ports);
	json_set(object, "Ports", NULL); /* templates may ask for it */
}

static void add_endpoint_spec(json *parent, const char *name, const struct service *service)
{
	json *object = object_in(parent, name);

	json_set_string(object, "Mode",
			service->deploy->endpoint_mode ? service->deploy->endpoint_mode : "vip");
	set_ports(object, service);
}

static void add_spec(json *document, const struct stack_service *service,
		     const struct project *project, struct arena *arena)
{
	const struct service *model = project_find_service(project, service->name);
	json *spec = object_in(document, "Spec"), *endpoint;

	json_set_string(spec, "Name", service->full_name);
	json_set(spec, "Labels", service_document_labels(service));
	add_task(spec, model, project, arena);
	add_mode(spec, service);
	add_update_config(spec, "UpdateConfig", model->deploy->update_config);
	add_update_config(spec, "RollbackConfig", model->deploy->rollback_config);
	add_endpoint_spec(spec, "EndpointSpec", model);
	endpoint = object_in(document, "Endpoint");
	add_endpoint_spec(endpoint, "Spec", model);
	set_ports(endpoint, model);
}

static void add_update_status(json *document, const json *update)
{
	json *status;

	if (!json_is_object(update))
		return;
	status = object_in(document, "UpdateStatus");
	json_set_string(status, "State", json_string(update, "state", ""));
	json_set_string(status, "StartedAt", json_string(update, "started", NULL));
	json_set_string(status, "CompletedAt", json_string(update, "completed", NULL));
	json_set_string(status, "Message", json_string(update, "message", ""));
}

json *service_document(const struct stack_service *service, struct arena *arena, struct error *err)
{
	struct stack stack = service->stack;
	const json *record = stack_record(&stack, service->name);
	struct project project;
	json *document;

	if (stack_project(&project, &stack, arena, err) < 0)
		return NULL;
	document = json_new_object();
	json_set_string(document, "ID", service->id);
	json_set_int(object_in(document, "Version"), "Index", json_int(record, "version", 1));
	json_set_string(document, "CreatedAt", json_string(record, "created", ""));
	json_set_string(document, "UpdatedAt", json_string(record, "updated", ""));
	add_spec(document, service, &project, arena);
	add_update_status(document, json_get(record, "update"));
	return document;
}
