/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/service_pretty.h"

#include "base/strbuf.h"
#include "base/units.h"

#include <stdio.h>

enum form { FORM_TEXT, FORM_NUMBER, FORM_RATIO, FORM_DURATION, FORM_BYTES, FORM_CPUS, FORM_WORDS };

/* A line that is there when the member is. */
struct line {
	const char *member, *title; /* with what stands before the value */
	enum form form;
};

static void add_value(struct strbuf *out, const json *value, enum form form)
{
	int64_t number = json_object_get_int64((json *)value);
	char text[64];

	switch (form) {
	case FORM_TEXT:
		strbuf_add(out, json_object_get_string((json *)value));
		break;
	case FORM_NUMBER:
		strbuf_printf(out, "%lld", (long long)number);
		break;
	case FORM_RATIO:
		strbuf_printf(out, "%g", json_object_get_double((json *)value));
		break;
	case FORM_DURATION:
		strbuf_add(out, units_format_duration(text, sizeof(text), number));
		break;
	case FORM_BYTES:
		strbuf_add(out, units_format_size_binary(text, sizeof(text), number));
		break;
	case FORM_CPUS:
		strbuf_printf(out, "%g", (double)number / 1e9);
		break;
	case FORM_WORDS:
		for (size_t i = 0; i < json_length(value); i++)
			strbuf_printf(out, "%s ", json_string_at(value, i));
		break;
	}
}

/* Lines up to one without a member; a title before the first that is there. */
static void add_lines(struct strbuf *out, const char *heading, const json *object,
		      const struct line *line)
{
	for (; line->member; line++) {
		json *value = json_get(object, line->member);

		if (!value)
			continue;
		if (heading)
			strbuf_printf(out, "%s\n", heading);
		heading = NULL;
		strbuf_add(out, line->title);
		add_value(out, value, line->form);
		strbuf_add_char(out, '\n');
	}
}

static const struct line own_lines[] = {{"ID", "ID:\t\t", FORM_TEXT}, {0}};
static const struct line name_lines[] = {{"Name", "Name:\t\t", FORM_TEXT}, {0}};
static const struct line replica_lines[] = {{"Replicas", " Replicas:\t", FORM_NUMBER}, {0}};
static const struct line status_lines[] = {
	{"State", " State:\t\t", FORM_TEXT},
	{"StartedAt", " Started:\t", FORM_TEXT},
	{"CompletedAt", " Completed:\t", FORM_TEXT},
	{"Message", " Message:\t", FORM_TEXT},
	{0},
};
static const struct line update_lines[] = {
	{"Parallelism", " Parallelism:\t", FORM_NUMBER},
	{"Delay", " Delay:\t\t", FORM_DURATION},
	{"FailureAction", " On failure:\t", FORM_TEXT},
	{"Monitor", " Monitoring Period: ", FORM_DURATION},
	{"MaxFailureRatio", " Max failure ratio: ", FORM_RATIO},
	{"Order", " Update order:      ", FORM_TEXT},
	{0},
};
static const struct line rollback_lines[] = {
	{"Parallelism", " Parallelism:\t", FORM_NUMBER},
	{"Delay", " Delay:\t\t", FORM_DURATION},
	{"FailureAction", " On failure:\t", FORM_TEXT},
	{"Monitor", " Monitoring Period: ", FORM_DURATION},
	{"MaxFailureRatio", " Max failure ratio: ", FORM_RATIO},
	{"Order", " Rollback order:    ", FORM_TEXT},
	{0},
};
static const struct line container_lines[] = {
	{"Image", " Image:\t\t", FORM_TEXT},	 {"Command", " Command:\t", FORM_WORDS},
	{"Args", " Args:\t\t", FORM_WORDS},	 {"Env", " Env:\t\t", FORM_WORDS},
	{"Dir", " Dir:\t\t", FORM_TEXT},	 {"User", " User:\t\t", FORM_TEXT},
	{"Hostname", " Hostname:\t", FORM_TEXT}, {0},
};
static const struct line mount_lines[] = {
	{"Target", "  Target:\t", FORM_TEXT},
	{"Source", "   Source:\t", FORM_TEXT},
	{"ReadOnly", "   ReadOnly:\t", FORM_TEXT},
	{"Type", "   Type:\t\t", FORM_TEXT},
	{0},
};
static const struct line resource_lines[] = {
	{"NanoCPUs", "  CPU:\t\t", FORM_CPUS},
	{"MemoryBytes", "  Memory:\t", FORM_BYTES},
	{"Pids", "  PIDs:\t\t", FORM_NUMBER},
	{0},
};
static const struct line port_lines[] = {
	{"PublishedPort", " PublishedPort = ", FORM_NUMBER},
	{"Protocol", "  Protocol = ", FORM_TEXT},
	{"TargetPort", "  TargetPort = ", FORM_NUMBER},
	{"PublishMode", "  PublishMode = ", FORM_TEXT},
	{0},
};

static void add_labels(struct strbuf *out, json *labels)
{
	strbuf_add(out, "Labels:\n");
	if (!json_is_object(labels))
		return;
	json_each (name, value, labels)
		strbuf_printf(out, " %s=%s\n", name, json_object_get_string(value));
}

static void add_each(struct strbuf *out, const char *heading, const json *array,
		     const struct line *lines)
{
	for (size_t i = 0; i < json_length(array); i++)
		add_lines(out, i == 0 ? heading : NULL, json_at(array, i), lines);
}

void service_pretty(struct strbuf *out, const json *document)
{
	json *spec = json_get(document, "Spec"), *task = json_get(spec, "TaskTemplate");
	json *container = json_get(task, "ContainerSpec"), *mode = json_get(spec, "Mode");
	json *resources = json_get(task, "Resources");

	strbuf_add_char(out, '\n');
	add_lines(out, NULL, document, own_lines);
	add_lines(out, NULL, spec, name_lines);
	add_labels(out, json_get(spec, "Labels"));
	strbuf_printf(out, "Service Mode:\t%s\n",
		      json_get(mode, "Global") ? "Global" : "Replicated");
	add_lines(out, NULL, json_get(mode, "Replicated"), replica_lines);
	add_lines(out, "UpdateStatus:", json_get(document, "UpdateStatus"), status_lines);
	strbuf_add(out, "Placement:\n");
	add_lines(out, "UpdateConfig:", json_get(spec, "UpdateConfig"), update_lines);
	add_lines(out, "RollbackConfig:", json_get(spec, "RollbackConfig"), rollback_lines);
	add_lines(out, "ContainerSpec:", container, container_lines);
	add_each(out, "Mounts:", json_get(container, "Mounts"), mount_lines);
	strbuf_add(out, "Resources:\n");
	add_lines(out, " Reservations:", json_get(resources, "Reservations"), resource_lines);
	add_lines(out, " Limits:", json_get(resources, "Limits"), resource_lines);
	strbuf_printf(out, "Endpoint Mode:\t%s\n",
		      json_string(json_get(spec, "EndpointSpec"), "Mode", "vip"));
	add_each(out, "Ports:", json_path(document, "Endpoint", "Ports", NULL), port_lines);
}
