/* SPDX-License-Identifier: Apache-2.0 */
/* Services by which pods are reached, and Ingresses: where names and ports of a service go. */
#include "compose/export/kubernetes_private.h"

#include "base/cleanup.h"
#include "base/strbuf.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define MOST_PORTS	 100
#define MOST_OF_PORTNAME ((size_t)15)

struct port {
	const char *name, *protocol, *app_protocol; /* NULL: none; protocol in capitals */
	int64_t target, published;		    /* 0: not published on a port that is known */
};

struct ports {
	struct export_work *work;
	const struct service *service;
	struct port items[MOST_PORTS];
	size_t count;
};

static const char *upper(struct export_work *work, const char *text)
{
	char *copy = arena_string(work->arena, text ? text : "TCP");

	for (char *p = copy; *p; p++)
		*p = (char)toupper((unsigned char)*p);
	return copy;
}

static struct port *add_port(struct ports *ports, int64_t target, const char *protocol)
{
	const char *word = upper(ports->work, protocol);

	for (size_t i = 0; i < ports->count; i++)
		if (ports->items[i].target == target && strcmp(ports->items[i].protocol, word) == 0)
			return &ports->items[i];
	if (ports->count == MOST_PORTS)
		return NULL;
	ports->items[ports->count] = (struct port){.target = target, .protocol = word};
	return &ports->items[ports->count++];
}

/* "80", "80/udp", "3000-3010". */
static void add_exposed(struct ports *ports, const char *text, const struct step *way)
{
	const char *slash = strchr(text, '/');
	char *end;
	long first = strtol(text, &end, 10), last = first;

	if (*end == '-')
		last = strtol(end + 1, &end, 10);
	for (long port = first; port > 0 && port <= last && port <= 65535; port++)
		if (!add_port(ports, port, slash ? slash + 1 : "tcp")) {
			export_note(ports->work, way, "a Service has at most %d ports here",
				    MOST_PORTS);
			return;
		}
}

static bool is_port_name(const char *text)
{
	bool has_letter = false;

	for (const char *p = text; *p; p++) {
		has_letter = has_letter || (*p >= 'a' && *p <= 'z');
		if (p[0] == '-' && p[1] == '-')
			return false;
	}
	return export_is_name(text) && strlen(text) <= MOST_OF_PORTNAME && has_letter;
}

static void gather(struct ports *ports)
{
	const struct service *service = ports->service;

	for (size_t i = 0; i < service->ports.count; i++) {
		const struct service_port *said = &service->ports.items[i];
		struct port *port = add_port(ports, said->target, said->protocol);
		char *end = NULL;
		long published = said->published ? strtol(said->published, &end, 10) : 0;

		if (!port)
			continue;
		if (said->name && is_port_name(said->name))
			port->name = said->name;
		if (said->app_protocol && export_is_label_key(said->app_protocol))
			port->app_protocol = said->app_protocol;
		if (end && *end == '\0' && !port->published)
			port->published = published;
	}
	for (size_t i = 0; service->expose && service->expose[i]; i++)
		add_exposed(ports, service->expose[i],
			    WAY(KEY("services"), KEY(service->name), KEY("expose"), ITEM(i)));
}

static struct ports *ports_of(struct export_work *work, const struct service *service)
{
	struct ports *ports = arena_alloc(work->arena, sizeof(*ports));

	ports->work = work;
	ports->service = service;
	gather(ports);
	return ports;
}

int kubernetes_probe_port(const struct service *service)
{
	for (size_t i = 0; i < service->ports.count; i++) {
		const char *protocol = service->ports.items[i].protocol;

		if (!protocol || strcasecmp(protocol, "tcp") == 0)
			return (int)service->ports.items[i].target;
	}
	for (char **text = service->expose; text && *text; text++)
		if (!strchr(*text, '/') || strstr(*text, "/tcp"))
			return (int)strtol(*text, NULL, 10);
	return 0;
}

void kubernetes_container_ports(struct pod_container *container)
{
	struct export_work *work = container->pod->work;
	struct ports *ports = ports_of(work, container->service);

	for (size_t i = 0; i < ports->count; i++) {
		struct node *item =
			export_add_map(work, export_list_at(work, container->node, "ports"));

		export_set_number(work, item, "containerPort", ports->items[i].target);
		if (strcmp(ports->items[i].protocol, "TCP") != 0)
			export_set_text(work, item, "protocol", ports->items[i].protocol);
	}
}

/* ------------------------------------------------------------------ Services */

static const char *port_name(struct export_work *work, const struct port *port)
{
	char *name;

	if (port->name)
		return port->name;
	name = arena_format(work->arena, "%s-%lld", port->protocol, (long long)port->target);
	for (char *p = name; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	return name;
}

static void add_service_port(struct export_work *work, struct node *list, const struct port *port,
			     int64_t number)
{
	struct node *item = export_add_map(work, list);

	export_set_text(work, item, "name", port_name(work, port));
	export_set_number(work, item, "port", number);
	export_set_number(work, item, "targetPort", port->target);
	if (strcmp(port->protocol, "TCP") != 0)
		export_set_text(work, item, "protocol", port->protocol);
	if (port->app_protocol)
		export_set_text(work, item, "appProtocol", port->app_protocol);
}

static struct node *new_service(struct ports *ports, const char *name, struct node **spec)
{
	struct export_work *work = ports->work;
	struct node *object = kubernetes_object(work, "v1", "Service", name);

	kubernetes_label(work,
			 export_map_at(work, export_map_at(work, object, "metadata"), "labels"),
			 ports->service);
	*spec = export_map_at(work, object, "spec");
	return object;
}

/* How the others of the project reach it: by the ports of its containers. */
static void add_inner(struct ports *ports, const char *name, struct strbuf *out)
{
	struct export_work *work = ports->work;
	const struct service_deploy *deploy = ports->service->deploy;
	bool is_headless = ports->count == 0 || (deploy && deploy->endpoint_mode &&
						 strcmp(deploy->endpoint_mode, "dnsrr") == 0);
	struct node *spec, *object = new_service(ports, name, &spec);

	if (is_headless)
		export_set_text(work, spec, "clusterIP", "None");
	kubernetes_select(work, export_map_at(work, spec, "selector"), ports->service);
	for (size_t i = 0; i < ports->count; i++)
		add_service_port(work, export_list_at(work, spec, "ports"), &ports->items[i],
				 ports->items[i].target);
	kubernetes_print(out, object);
}

static bool is_service_type(const char *text)
{
	return strcmp(text, "LoadBalancer") == 0 || strcmp(text, "NodePort") == 0;
}

/* How the world reaches it: by its published ports. */
static void add_public(struct ports *ports, const char *type, struct strbuf *out)
{
	struct export_work *work = ports->work;
	const char *id = arena_format(work->arena, "%s public", ports->service->name);
	const char *wish = arena_format(work->arena, "%s-public", ports->service->name);
	struct node *spec, *object, *list = node_new_list(work->arena, NULL);

	for (size_t i = 0; i < ports->count; i++)
		if (ports->items[i].published)
			add_service_port(work, list, &ports->items[i], ports->items[i].published);
	if (!list->count)
		return;
	object = new_service(ports, export_name(work, "service", id, wish), &spec);
	export_set_text(work, spec, "type", type);
	kubernetes_select(work, export_map_at(work, spec, "selector"), ports->service);
	node_set(work->arena, spec, "ports", list);
	kubernetes_print(out, object);
}

/* ------------------------------------------------------------------ Ingress */

/* The port that the label says, else the first that is published, else the first. */
static int64_t ingress_port(struct ports *ports)
{
	const char *said = export_label(ports->service->labels, LABEL_INGRESS_PORT);
	int64_t number;

	if (said && node_parse_integer(said, &number))
		for (size_t i = 0; i < ports->count; i++)
			if (ports->items[i].target == number)
				return number;
	if (said) {
		export_note(ports->work,
			    WAY(KEY("services"), KEY(ports->service->name), KEY("labels")),
			    LABEL_INGRESS_PORT ": the service has no port %s in 'ports' or "
					       "'expose'",
			    said);
		return 0;
	}
	for (size_t i = 0; i < ports->count; i++)
		if (ports->items[i].published)
			return ports->items[i].target;
	return ports->count ? ports->items[0].target : 0;
}

static void add_rule(struct ports *ports, struct node *spec, const char *host, int64_t port)
{
	struct export_work *work = ports->work;
	const char *path = export_label(ports->service->labels, LABEL_INGRESS_PATH);
	struct node *rule = export_add_map(work, export_list_at(work, spec, "rules")), *item;

	if (*host)
		export_set_text(work, rule, "host", host);
	item = export_add_map(work,
			      export_list_at(work, export_map_at(work, rule, "http"), "paths"));
	export_set_text(work, item, "path", path && *path == '/' ? path : "/");
	export_set_text(work, item, "pathType", "Prefix");
	item = export_map_at(work, export_map_at(work, item, "backend"), "service");
	export_set_text(work, item, "name", kubernetes_name(work, ports->service));
	export_set_number(work, export_map_at(work, item, "port"), "number", port);
}

static void add_ingress(struct ports *ports, const char *host, struct strbuf *out)
{
	struct export_work *work = ports->work;
	const char *class = export_label(ports->service->labels, LABEL_INGRESS_CLASS);
	const char *tls = export_label(ports->service->labels, LABEL_INGRESS_TLS);
	int64_t port = ingress_port(ports);
	struct node *object, *spec, *item;

	if (!port) {
		export_note(work, WAY(KEY("services"), KEY(ports->service->name), KEY("labels")),
			    LABEL_INGRESS_HOST
			    ": an Ingress needs a port: name one in 'ports' or 'expose'");
		return;
	}
	object = kubernetes_object(work, "networking.k8s.io/v1", "Ingress",
				   kubernetes_name(work, ports->service));
	kubernetes_label(work,
			 export_map_at(work, export_map_at(work, object, "metadata"), "labels"),
			 ports->service);
	spec = export_map_at(work, object, "spec");
	if (class)
		export_set_text(work, spec, "ingressClassName", class);
	if (tls) {
		item = export_add_map(work, export_list_at(work, spec, "tls"));
		if (*host)
			export_add_text(work, export_list_at(work, item, "hosts"), host);
		export_set_text(work, item, "secretName", tls);
	}
	add_rule(ports, spec, host, port);
	kubernetes_print(out, object);
}

/* ------------------------------------------------------------------ all of them */

/* Another name by which it is reached, unless somebody is called so. */
static void add_alias(struct ports *ports, const char *alias, const struct step *way,
		      struct strbuf *out)
{
	struct export_work *work = ports->work;
	const char *key = arena_format(work->arena, "service/%s", alias);

	if (strcmp(alias, kubernetes_name(work, ports->service)) == 0)
		return;
	if (!export_is_name(alias)) {
		export_note(work, way, "'%s' cannot be the name of a Service", alias);
		return;
	}
	if (map_has(&work->taken, key)) {
		if (map_get(&work->taken, key) != ports->service)
			export_note(work, way, "another Service is called '%s'", alias);
		return;
	}
	map_set(&work->taken, key, (void *)(uintptr_t)ports->service);
	add_inner(ports, alias, out);
}

/* What others call it in their links. */
static void add_links(struct ports *ports, struct strbuf *out)
{
	const struct project *project = ports->work->project;
	size_t length = strlen(ports->service->name);

	for (size_t i = 0; i < project->services.count; i++) {
		const struct service *other = &project->services.items[i];

		for (size_t j = 0; other->links && other->links[j]; j++)
			if (strncmp(other->links[j], ports->service->name, length) == 0 &&
			    other->links[j][length] == ':')
				add_alias(ports, other->links[j] + length + 1,
					  WAY(KEY("services"), KEY(other->name), KEY("links"),
					      ITEM(j)),
					  out);
	}
}

static void add_aliases(struct ports *ports, struct strbuf *out)
{
	const struct service *service = ports->service;

	for (size_t i = 0; i < service->networks.count; i++) {
		const struct service_network *network = &service->networks.items[i];

		for (size_t j = 0; network->aliases && network->aliases[j]; j++)
			add_alias(ports, network->aliases[j],
				  WAY(KEY("services"), KEY(service->name), KEY("networks"),
				      KEY(network->network), KEY("aliases"), ITEM(j)),
				  out);
	}
	add_links(ports, out);
}

static void note_published(struct ports *ports)
{
	const struct service *service = ports->service;

	for (size_t i = 0; i < service->ports.count; i++)
		if (service->ports.items[i].published)
			export_note(ports->work,
				    WAY(KEY("services"), KEY(service->name), KEY("ports"), ITEM(i)),
				    "port %s of this host: the Service is reached within the "
				    "cluster; the labels " LABEL_INGRESS_HOST
				    " or " LABEL_SERVICE_TYPE " open it, or 'kubectl port-forward "
				    "service/%s %s:%lld'",
				    service->ports.items[i].published,
				    kubernetes_name(ports->work, service),
				    service->ports.items[i].published,
				    (long long)service->ports.items[i].target);
}

void kubernetes_services(struct export_work *work, const struct service *service,
			 struct strbuf *out)
{
	struct ports *ports = ports_of(work, service);
	const char *host = export_label(service->labels, LABEL_INGRESS_HOST);
	const char *type = export_label(service->labels, LABEL_SERVICE_TYPE);
	enum workload workload = kubernetes_workload(work, service);

	if (workload == WORKLOAD_NONE || (workload == WORKLOAD_JOB && !ports->count))
		return;
	add_inner(ports, kubernetes_name(work, service), out);
	add_aliases(ports, out);
	if (type && !is_service_type(type))
		export_note(work, WAY(KEY("services"), KEY(service->name), KEY("labels")),
			    LABEL_SERVICE_TYPE " must be LoadBalancer or NodePort, not '%s'", type);
	else if (type)
		add_public(ports, type, out);
	if (host)
		add_ingress(ports, host, out);
	if (!host && !type)
		note_published(ports);
}
