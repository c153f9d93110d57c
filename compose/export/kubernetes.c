/* SPDX-License-Identifier: Apache-2.0 */
/* Objects of Kubernetes' API: a file for each service, and one for all ConfigMaps, claims and
 * secrets. */
#include "compose/export/kubernetes_private.h"

#include "base/cleanup.h"
#include "base/strbuf.h"

#include <string.h>

/* ------------------------------------------------------------------ updates */

/* How many at a time: 0 is all of them. */
static void set_batch(struct export_work *work, struct node *map, const char *key, int64_t number)
{
	if (number == 0)
		export_set_text(work, map, key, "100%");
	else
		export_set_number(work, map, key, number);
}

static void add_strategy(struct pod *pod, struct node *spec, bool holds_claim)
{
	struct export_work *work = pod->work;
	const struct deploy_update *update =
		pod->service->deploy ? pod->service->deploy->update_config : NULL;
	const char *key = pod->workload == WORKLOAD_DEPLOYMENT ? "strategy" : "updateStrategy";
	bool starts_first = update && update->order && strcmp(update->order, "start-first") == 0;
	int64_t batch = update ? model_number(update->parallelism, 1) : 1;
	struct node *rolling;

	if (pod->workload == WORKLOAD_DEPLOYMENT && holds_claim) {
		/* A claim of one node is not to be had twice. */
		export_set_text(work, export_map_at(work, spec, key), "type", "Recreate");
		return;
	}
	if (!update)
		return;
	export_set_text(work, export_map_at(work, spec, key), "type", "RollingUpdate");
	if (pod->workload == WORKLOAD_STATEFUL_SET) {
		if (batch != 1 || starts_first)
			export_note(work,
				    WAY(KEY("services"), KEY(pod->service->name), KEY("deploy"),
					KEY("update_config")),
				    "a StatefulSet replaces one pod at a time, and stops it first");
		return;
	}
	rolling = export_map_at(work, export_map_at(work, spec, key), "rollingUpdate");
	set_batch(work, rolling, "maxSurge", starts_first ? batch : 0);
	if (!starts_first)
		export_set_number(work, rolling, "maxSurge", 0);
	if (starts_first)
		export_set_number(work, rolling, "maxUnavailable", 0);
	else
		set_batch(work, rolling, "maxUnavailable", batch);
}

static int64_t seconds(int64_t nanoseconds)
{
	return (nanoseconds + 999999999) / 1000000000;
}

/* How long a pod must be ready before the next one's turn. */
static void add_ready_time(struct pod *pod, struct node *spec)
{
	const struct deploy_update *update =
		pod->service->deploy ? pod->service->deploy->update_config : NULL;
	int64_t delay = update ? model_number(update->delay, 0) : 0;
	int64_t watched = update ? model_number(update->monitor, 0) : 0;

	if (delay > 0 || watched > 0)
		export_set_number(pod->work, spec, "minReadySeconds",
				  seconds(delay > watched ? delay : watched));
}

/* ------------------------------------------------------------------ workloads */

static const char *restart_word(const struct service *service, int64_t *attempts)
{
	const struct deploy_restart_policy *policy =
		service->deploy ? service->deploy->restart_policy : NULL;
	const char *word =
		policy ? (policy->condition ? policy->condition : "any") : service->restart;
	const char *colon = word ? strchr(word, ':') : NULL;

	*attempts = policy ? model_number(policy->max_attempts, -1) : -1;
	if (colon && !node_parse_integer(colon + 1, attempts))
		*attempts = -1;
	return word;
}

static void add_job(struct pod *pod, struct node *spec)
{
	const struct service *service = pod->service;
	int64_t replicas = project_replicas(service), attempts;
	const char *word = restart_word(service, &attempts);
	bool is_retried = word && strncmp(word, "no", 2) != 0;

	if (replicas != 1) {
		export_set_number(pod->work, spec, "completions", replicas);
		export_set_number(pod->work, spec, "parallelism", replicas);
	}
	if (!is_retried)
		export_set_number(pod->work, spec, "backoffLimit", 0);
	else if (attempts >= 0)
		export_set_number(pod->work, spec, "backoffLimit", attempts);
}

/* Pods of these workloads are restarted whatever happens. */
static void note_restart(struct pod *pod)
{
	int64_t attempts;
	const char *word = restart_word(pod->service, &attempts);
	bool is_deployed = pod->service->deploy && pod->service->deploy->restart_policy;

	if (!word || strcmp(word, "always") == 0 || strcmp(word, "any") == 0 ||
	    strcmp(word, "unless-stopped") == 0 || !*word)
		return;
	export_note(pod->work,
		    is_deployed ? WAY(KEY("services"), KEY(pod->service->name), KEY("deploy"),
				      KEY("restart_policy"), KEY("condition"))
				: WAY(KEY("services"), KEY(pod->service->name), KEY("restart")),
		    "'%s': its pods are restarted whenever they end, whatever their exit code",
		    word);
}

static bool holds_claim(const struct pod *pod)
{
	for (unsigned i = 0; i < pod->volumes->count; i++)
		if (node_get(pod->volumes->items[i], "persistentVolumeClaim"))
			return true;
	return false;
}

static const struct {
	const char *api, *kind;
} kinds[] = {
	[WORKLOAD_NONE] = {NULL, NULL},
	[WORKLOAD_DEPLOYMENT] = {"apps/v1", "Deployment"},
	[WORKLOAD_STATEFUL_SET] = {"apps/v1", "StatefulSet"},
	[WORKLOAD_DAEMON_SET] = {"apps/v1", "DaemonSet"},
	[WORKLOAD_JOB] = {"batch/v1", "Job"},
};

static void add_metadata(struct pod *pod, struct node *object)
{
	struct node *metadata = export_map_at(pod->work, object, "metadata");

	kubernetes_label(pod->work, export_map_at(pod->work, metadata, "labels"), pod->service);
	if (pod->service->deploy)
		kubernetes_add_labels(pod->work, metadata, pod->service->deploy->labels,
				      WAY(KEY("services"), KEY(pod->service->name), KEY("deploy"),
					  KEY("labels")));
}

static int add_workload(struct export_work *work, const struct service *service, struct strbuf *out,
			struct error *err)
{
	struct pod pod = {.work = work,
			  .service = service,
			  .name = kubernetes_name(work, service),
			  .workload = kubernetes_workload(work, service),
			  .claims = node_new_list(work->arena, NULL)};
	struct node *template = node_new_map(work->arena, NULL), *object, *spec;

	if (pod.workload == WORKLOAD_NONE)
		return 0;
	if (kubernetes_pod(&pod, template, err) < 0)
		return -1;
	object = kubernetes_object(work, kinds[pod.workload].api, kinds[pod.workload].kind,
				   pod.name);
	add_metadata(&pod, object);
	spec = export_map_at(work, object, "spec");
	if (pod.workload == WORKLOAD_JOB) {
		add_job(&pod, spec);
	} else {
		if (pod.workload != WORKLOAD_DAEMON_SET)
			export_set_number(work, spec, "replicas", project_replicas(service));
		if (pod.workload == WORKLOAD_STATEFUL_SET)
			export_set_text(work, spec, "serviceName", pod.name);
		kubernetes_select(
			work,
			export_map_at(work, export_map_at(work, spec, "selector"), "matchLabels"),
			service);
		add_strategy(&pod, spec, holds_claim(&pod));
		add_ready_time(&pod, spec);
		note_restart(&pod);
	}
	node_set(work->arena, spec, "template", template);
	if (pod.claims->count)
		node_set(work->arena, spec, "volumeClaimTemplates", pod.claims);
	kubernetes_print(out, object);
	return 0;
}

/* ------------------------------------------------------------------ the project */

/* Who has a valid name keeps it, whatever others come to be called. */
static void name_services(struct export_work *work)
{
	const struct project *project = work->project;

	for (int are_valid = 1; are_valid >= 0; are_valid--)
		for (size_t i = 0; i < project->services.count; i++) {
			const struct service *service = &project->services.items[i];

			if (export_is_name(service->name) != (are_valid == 1))
				continue;
			if (!are_valid)
				export_note(work, WAY(KEY("services"), KEY(service->name)),
					    "it is called '%s' there: who calls it by its name "
					    "must be told so",
					    kubernetes_name(work, service));
			else if (strcmp(kubernetes_name(work, service), "kubernetes") == 0)
				export_note(work, WAY(KEY("services"), KEY(service->name)),
					    "the namespace 'default' has a Service of this name, "
					    "the API's: use another namespace");
		}
}

static int add_service(struct export_work *work, const struct service *service, struct error *err)
{
	auto_strbuf struct strbuf text = {0};

	if (add_workload(work, service, &text, err) < 0)
		return -1;
	kubernetes_services(work, service, &text);
	if (text.length)
		export_add_file(work,
				arena_format(work->arena, "%s.yaml",
					     export_name(work, "file", service->name,
							 kubernetes_name(work, service))),
				&text, false);
	return 0;
}

int export_kubernetes(struct export_work *work, struct error *err)
{
	const struct project *project = work->project;

	/* Names of files, beside those of services. */
	export_name(work, "file", "#configs", "configs");
	export_name(work, "file", "#volumes", "volumes");
	export_name(work, "file", "#secrets", "secrets");
	name_services(work);
	for (size_t i = 0; i < project->services.count; i++)
		if (add_service(work, &project->services.items[i], err) < 0)
			return -1;
	kubernetes_print_maps(work);
	kubernetes_print_claims(work);
	return kubernetes_print_secrets(work, err);
}
