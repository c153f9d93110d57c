/* SPDX-License-Identifier: Apache-2.0 */
/* A pod: what its containers share. */
#include "compose/export/kubernetes_private.h"

#include "base/cleanup.h"
#include "base/strbuf.h"

#include <string.h>

#define WAY_TO(pod, ...) WAY(KEY("services"), KEY((pod)->service->name), __VA_ARGS__)

/* ------------------------------------------------------------------ names that it resolves */

static struct node *aliases_of(struct pod *pod, const char *address)
{
	struct node *list = export_list_at(pod->work, pod->spec, "hostAliases"), *item;

	for (unsigned i = 0; i < list->count; i++)
		if (strcmp(node_text(node_get(list->items[i], "ip")), address) == 0)
			return export_list_at(pod->work, list->items[i], "hostnames");
	item = export_add_map(pod->work, list);
	export_set_text(pod->work, item, "ip", address);
	return export_list_at(pod->work, item, "hostnames");
}

static void add_hosts(struct pod *pod)
{
	for (char **host = pod->service->extra_hosts; host && *host; host++) {
		const char *address, *name = export_split(pod->work, *host, &address);

		if (!address || strcmp(address, "host-gateway") == 0)
			export_note(pod->work, WAY_TO(pod, KEY("extra_hosts")),
				    "%s: a pod has no name for its node", name);
		else
			export_add_text(pod->work, aliases_of(pod, address), name);
	}
}

static void add_dns(struct pod *pod)
{
	const struct service *service = pod->service;
	struct export_work *work = pod->work;
	struct node *dns = node_new_map(work->arena, NULL);

	if (service->dns && *service->dns)
		export_set_texts(work, dns, "nameservers", service->dns);
	for (char **search = service->dns_search; search && *search; search++) {
		if (**search && strcmp(*search, ".") != 0)
			export_add_text(work, export_list_at(work, dns, "searches"), *search);
		else if (**search)
			export_note(work, WAY_TO(pod, KEY("dns_search")),
				    "the cluster's own domains are always searched");
	}
	for (char **option = service->dns_opt; option && *option; option++) {
		const char *colon = strchr(*option, ':');
		struct node *item;

		if (!**option)
			continue;
		item = export_add_map(work, export_list_at(work, dns, "options"));
		export_set_text(work, item, "name",
				arena_string_n(work->arena, *option, strcspn(*option, ":")));
		if (colon)
			export_set_text(work, item, "value", colon + 1);
	}
	if (dns->count)
		node_set(work->arena, pod->spec, "dnsConfig", dns);
}

/* ------------------------------------------------------------------ namespaces */

static bool is_host(const char *mode)
{
	return mode && strcmp(mode, "host") == 0;
}

/* Others than the host's, and what every pod has, are not to be had. */
static void note_mode(struct pod *pod, const char *key, const char *mode)
{
	static const char *const usual[] = {"", "private", "shareable", "bridge", "host"};

	for (size_t i = 0; mode && i < array_length(usual); i++)
		if (strcmp(mode, usual[i]) == 0)
			return;
	if (mode)
		export_note(pod->work, WAY_TO(pod, KEY(key)),
			    "'%s': pods have namespaces of their own%s", mode,
			    strncmp(mode, "service:", 8) == 0
				    ? "; put both containers into one pod by hand"
				    : "");
}

static void add_namespaces(struct pod *pod)
{
	const struct service *service = pod->service;

	if (is_host(service->network_mode)) {
		export_set_flag(pod->work, pod->spec, "hostNetwork", true);
		export_set_text(pod->work, pod->spec, "dnsPolicy", "ClusterFirstWithHostNet");
	}
	if (is_host(service->pid))
		export_set_flag(pod->work, pod->spec, "hostPID", true);
	if (is_host(service->ipc))
		export_set_flag(pod->work, pod->spec, "hostIPC", true);
	note_mode(pod, "network_mode", service->network_mode);
	note_mode(pod, "pid", service->pid);
	note_mode(pod, "ipc", service->ipc);
}

static void add_hostname(struct pod *pod)
{
	const char *hostname = pod->service->hostname;

	if (!hostname)
		return;
	if (export_is_name(hostname) && pod->workload != WORKLOAD_STATEFUL_SET)
		export_set_text(pod->work, pod->spec, "hostname", hostname);
	else
		export_note(pod->work, WAY_TO(pod, KEY("hostname")),
			    pod->workload == WORKLOAD_STATEFUL_SET
				    ? "the pods of a StatefulSet are called after it"
				    : "'%s' cannot be a pod's name",
			    hostname);
}

/* ------------------------------------------------------------------ containers that run before */

/* Without a port there is the name, which leads to pods that are ready. BusyBox's nslookup does not
 * look into the namespace by itself. */
static const char *wait_script(struct export_work *work, const char *name, int port)
{
	static const char namespace[] = "/var/run/secrets/kubernetes.io/serviceaccount/namespace";

	if (port)
		return arena_format(work->arena, "until nc -z -w 2 %s %d; do sleep 1; done", name,
				    port);
	return arena_format(work->arena,
			    "until nslookup %s.$(cat %s).svc.cluster.local >/dev/null; "
			    "do sleep 1; done",
			    name, namespace);
}

/* Waits until @service answers: at a port, or at least to its name. */
static void add_wait(struct pod *pod, const struct service *other)
{
	struct export_work *work = pod->work;
	const char *name = kubernetes_name(work, other);
	int port = kubernetes_probe_port(other);
	struct node *item = export_add_map(work, pod->inits), *command;

	export_set_text(work, item, "name",
			export_name(work, arena_format(work->arena, "container of %s", pod->name),
				    arena_format(work->arena, "wait %s", other->name),
				    arena_format(work->arena, "wait-for-%s", name)));
	export_set_text(work, item, "image", work->request->wait_image);
	command = export_list_at(work, item, "command");
	export_add_text(work, command, "sh");
	export_add_text(work, command, "-c");
	export_add_text(work, command, kubernetes_text(work, wait_script(work, name, port)));
}

static int add_dependencies(struct pod *pod, const struct service *service, unsigned depth,
			    struct map *seen, struct error *err);

/* It runs before each of the pods that need its end. */
static int add_completed(struct pod *pod, const struct service *service,
			 const struct service *other, unsigned depth, struct map *seen,
			 struct error *err)
{
	export_note(pod->work,
		    WAY(KEY("services"), KEY(service->name), KEY("depends_on"), KEY(other->name)),
		    "it runs to its end before each pod of '%s', so it must bear to be repeated",
		    pod->service->name);
	if (add_dependencies(pod, other, depth + 1, seen, err) < 0)
		return -1;
	return kubernetes_container(pod, other, pod->inits, err);
}

static int add_dependency(struct pod *pod, const struct service *service,
			  const struct service_dependency *edge, struct map *seen,
			  struct error *err)
{
	const struct service *other = project_find_service(pod->work->project, edge->service);
	enum workload workload = other ? kubernetes_workload(pod->work, other) : WORKLOAD_NONE;

	if (!other || map_has(seen, other->name) || edge->is_implied)
		return 0;
	map_set(seen, other->name, NULL);
	if (edge->condition == CONDITION_COMPLETED_SUCCESSFULLY)
		return add_completed(pod, service, other, (unsigned)seen->count, seen, err);
	if (workload == WORKLOAD_NONE || workload == WORKLOAD_JOB)
		export_note(pod->work,
			    WAY(KEY("services"), KEY(service->name), KEY("depends_on"),
				KEY(other->name)),
			    "'%s' runs once: nothing waits for its start", other->name);
	else
		add_wait(pod, other);
	return 0;
}

#define MOST_DEPTH 64

static int add_dependencies(struct pod *pod, const struct service *service, unsigned depth,
			    struct map *seen, struct error *err)
{
	for (size_t i = 0; i < service->depends_on.count && depth < MOST_DEPTH; i++)
		if (add_dependency(pod, service, &service->depends_on.items[i], seen, err) < 0)
			return -1;
	return 0;
}

/* The service's own description but for what the hook says. */
static int add_hook(struct pod *pod, const struct service_hook *hook, size_t number,
		    struct error *err)
{
	struct export_work *work = pod->work;
	struct service changed = *pod->service;
	struct node *node;

	changed.image = hook->image ? hook->image : changed.image;
	changed.command = hook->command ? hook->command : changed.command;
	changed.working_dir = hook->working_dir ? hook->working_dir : changed.working_dir;
	changed.user = hook->user ? hook->user : changed.user;
	if (hook->privileged != TRISTATE_UNSET)
		changed.privileged = hook->privileged;
	changed.healthcheck = NULL;
	changed.ports.count = 0;
	changed.expose = NULL;
	changed.post_start.count = changed.pre_stop.count = 0;
	if (kubernetes_container(pod, &changed, pod->inits, err) < 0)
		return -1;
	node = pod->inits->items[pod->inits->count - 1];
	export_set_text(
		work, node, "name",
		export_name(work, arena_format(work->arena, "container of %s", pod->name),
			    arena_format(work->arena, "hook %zu", number),
			    arena_format(work->arena, "%s-pre-start-%zu", pod->name, number)));
	for (char **pair = hook->environment; pair && *pair; pair++) {
		const char *value, *name = export_split(work, *pair, &value);
		struct node *item;

		if (!kubernetes_is_variable(name)) {
			export_note(work,
				    WAY_TO(pod, KEY("pre_start"), ITEM(number - 1),
					   KEY("environment"), KEY(name)),
				    KUBERNETES_NO_VARIABLE);
			continue;
		}
		item = export_add_map(work, export_list_at(work, node, "env"));
		export_set_text(work, item, "name", name);
		export_set_text(work, item, "value", kubernetes_text(work, value ? value : ""));
	}
	return 0;
}

int kubernetes_inits(struct pod *pod, struct error *err)
{
	const struct service_hooks *hooks = &pod->service->pre_start;
	auto_map struct map seen = {0};

	if (add_dependencies(pod, pod->service, 0, &seen, err) < 0)
		return -1;
	for (size_t i = 0; i < hooks->count; i++)
		if (add_hook(pod, &hooks->items[i], i + 1, err) < 0)
			return -1;
	return 0;
}

/* ------------------------------------------------------------------ the pod */

static void add_metadata(struct pod *pod, struct node *template)
{
	struct export_work *work = pod->work;
	struct node *metadata = export_map_at(work, template, "metadata");

	kubernetes_select(work, export_map_at(work, metadata, "labels"), pod->service);
	kubernetes_add_labels(work, metadata, pod->service->labels, WAY_TO(pod, KEY("labels")));
	kubernetes_add_annotations(work, metadata, pod->service->annotations,
				   WAY_TO(pod, KEY("annotations")));
}

static const char *job_restart(const struct service *service)
{
	const struct deploy_restart_policy *policy =
		service->deploy ? service->deploy->restart_policy : NULL;
	const char *word =
		policy ? (policy->condition ? policy->condition : "any") : service->restart;

	return word && strncmp(word, "no", 2) != 0 && *word ? "OnFailure" : "Never";
}

int kubernetes_pod(struct pod *pod, struct node *template, struct error *err)
{
	struct export_work *work = pod->work;
	struct node *containers = node_new_list(work->arena, NULL);
	const struct service *service = pod->service;

	add_metadata(pod, template);
	pod->spec = export_map_at(work, template, "spec");
	pod->volumes = node_new_list(work->arena, NULL);
	pod->inits = node_new_list(work->arena, NULL);
	if (pod->workload == WORKLOAD_JOB)
		export_set_text(work, pod->spec, "restartPolicy", job_restart(service));
	if (service->stop_grace_period != MODEL_UNSET)
		export_set_number(work, pod->spec, "terminationGracePeriodSeconds",
				  (service->stop_grace_period + 999999999) / 1000000000);
	add_hostname(pod);
	add_namespaces(pod);
	add_hosts(pod);
	add_dns(pod);
	kubernetes_placement(pod);
	kubernetes_pod_security(pod);
	/* Its own first: what runs before it may have to take other names. */
	if (kubernetes_container(pod, service, containers, err) < 0 ||
	    kubernetes_inits(pod, err) < 0)
		return -1;
	if (pod->inits->count)
		node_set(work->arena, pod->spec, "initContainers", pod->inits);
	node_set(work->arena, pod->spec, "containers", containers);
	if (pod->volumes->count)
		node_set(work->arena, pod->spec, "volumes", pod->volumes);
	return 0;
}
