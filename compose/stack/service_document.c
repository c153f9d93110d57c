/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of `service ls` and `service ps`: from what is written down of a stack, nothing is loaded.
 */
#include "compose/stack/service_document.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/map.h"
#include "base/strbuf.h"
#include "compose/stack/stack_private.h"
#include "compose/stack/stack_tasks.h"
#include "describe/times.h"
#include "engine/container.h"
#include "engine/labels.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#define LONGEST_ERROR 30

static json *model_of(const struct stack_service *service)
{
	return json_get(stack_services(&service->stack), service->name);
}

const char *service_document_mode(const struct stack_service *service)
{
	return json_string(json_get(model_of(service), "deploy"), "mode", "replicated");
}

int service_document_replicas(const struct stack_service *service)
{
	if (strncmp(service_document_mode(service), "global", 6) == 0)
		return 1;
	return (int)json_int(json_get(model_of(service), "deploy"), "replicas", 1);
}

json *service_document_labels(const struct stack_service *service)
{
	json *labels = stack_copy(json_path(model_of(service), "deploy", "labels", NULL));

	if (!labels)
		labels = json_new_object();
	if (!stack_is_service(&service->stack)) {
		json_set_string(labels, "com.docker.stack.image",
				json_string(model_of(service), "image", ""));
		json_set_string(labels, LABEL_STACK, service->stack.name);
	}
	return labels;
}

/* ------------------------------------------------------------------ counting */

int service_document_count(struct service_status *statuses, const struct stack_service *services,
			   size_t count, struct engine *engine, struct error *err)
{
	static char label[] = LABEL_SWARM_SERVICE;
	static char *labels[] = {label, NULL};
	auto_arena struct arena arena = {0};
	auto_map struct map running = {0};
	struct container *containers;
	size_t container_count;

	if (container_list(engine, labels, &containers, &container_count, &arena, err) < 0)
		return -1;
	for (size_t i = 0; i < container_count; i++)
		if (containers[i].state.status == CONTAINER_RUNNING) {
			void **slot = map_slot(
				&running, container_label(&containers[i], LABEL_SWARM_SERVICE));

			*slot = (void *)((uintptr_t)*slot + 1);
		}
	for (size_t i = 0; i < count; i++)
		statuses[i] = (struct service_status){
			.running = (int)(uintptr_t)map_get(&running, services[i].full_name),
			.desired = service_document_replicas(&services[i]),
		};
	return 0;
}

/* ------------------------------------------------------------------ services */

/* "*:8080->80/tcp, *:9000->9000/udp" */
static void set_ports(json *row, const json *ports)
{
	auto_strbuf struct strbuf text = {0};

	for (size_t i = 0; i < json_length(ports); i++) {
		const json *port = json_at(ports, i);
		const char *published = json_string(port, "published", NULL);

		if (published && strcmp(json_string(port, "mode", "ingress"), "host") != 0)
			strbuf_printf(&text, "%s*:%s->%d/%s", text.length ? ", " : "", published,
				      (int)json_int(port, "target", 0),
				      json_string(port, "protocol", "tcp"));
	}
	json_set_string(row, "Ports", strbuf_text(&text));
}

/* Where the host has an image of a build only, it is called as the service. */
static const char *image_of(const struct stack_service *service)
{
	return json_string(model_of(service), "image", service->full_name);
}

json *service_document_row(const struct stack_service *service, const struct service_status *status)
{
	json *row = json_new_object();
	auto_free char *id = strndup(service->id, 12);
	auto_free char *replicas = alloc_format("%d/%d", status->running, status->desired);
	int most = (int)json_int(json_path(model_of(service), "deploy", "placement", NULL),
				 "max_replicas_per_node", 0);
	auto_free char *limited = most ? alloc_format("%s (max %d per node)", replicas, most)
				       : alloc_string(replicas);

	json_set_string(row, "ID", id);
	json_set_string(row, "Name", service->full_name);
	json_set_string(row, "Mode", service_document_mode(service));
	json_set_string(row, "Replicas", limited);
	json_set_string(row, "Image", image_of(service));
	set_ports(row, json_get(model_of(service), "ports"));
	return row;
}

/* ------------------------------------------------------------------ tasks */

static void set_word(json *row, const char *name, const char *word, const char *rest)
{
	auto_free char *text = alloc_format("%s%s%s", word, *rest ? " " : "", rest);

	*text = (char)toupper((unsigned char)*text);
	json_set_string(row, name, text);
}

static void set_error(json *row, const char *error, bool is_full)
{
	auto_free char *text = NULL;

	if (*error && !is_full && strlen(error) > LONGEST_ERROR)
		text = alloc_format("\"%.*s…\"", LONGEST_ERROR - 1, error);
	else if (*error)
		text = alloc_format("\"%s\"", error);
	json_set_string(row, "Error", text ? text : "");
}

static char *lower(char *text)
{
	for (char *c = text; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	return text;
}

json *service_document_task_row(const struct stack_task *task, bool is_full)
{
	json *row = json_new_object();
	char node[256] = "";
	auto_free char *id = strndup(task->id, is_full ? 25 : 12);
	auto_free char *name = alloc_format("%s.%d", task->service, task->slot);
	auto_free char *age = times_ago(task->since);

	gethostname(node, sizeof(node) - 1);
	json_set_string(row, "ID", id);
	json_set_string(row, "Name", name);
	json_set_string(row, "Image", task->image);
	json_set_string(row, "Node", node);
	set_word(row, "DesiredState", task->is_wanted ? "running" : "shutdown", "");
	set_word(row, "CurrentState", task->state, lower(age));
	set_error(row, task->error, is_full);
	json_set_string(row, "Ports", "");
	return row;
}
