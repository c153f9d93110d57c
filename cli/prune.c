/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/prune.h"

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/map.h"
#include "base/strbuf.h"
#include "base/units.h"
#include "cli/invocation.h"
#include "cli/output.h"
#include "cli/question.h"
#include "describe/times.h"
#include "engine/engine.h"
#include "engine/labels.h"
#include "engine/volume_use.h"
#include "net/network.h"
#include "storage/archive/usage_tree.h"
#include "storage/image/image.h"
#include "storage/volume/volume.h"

static const char until[] = "until=", label[] = "label=", no_label[] = "label!=";

static bool begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

int prune_check(const struct strvec *filters, struct error *err)
{
	struct timespec now = units_now(), time;

	strvec_each (text, filters) {
		if (begins(*text, until)) {
			if (times_parse(&time, *text + strlen(until), &now, err) < 0)
				return error_wrap(err, "--filter %s", *text);
		} else if (!begins(*text, label) && !begins(*text, no_label)) {
			return error_set(
				err, ERROR_INVALID,
				"unknown filter '%s': there are until=, label= and label!=", *text);
		}
	}
	return 0;
}

static bool has_label(const struct strvec *labels, const char *wanted)
{
	size_t length = strlen(wanted);
	bool has_value = strchr(wanted, '=') != NULL;

	strvec_each (text, labels)
		if (has_value ? strcmp(*text, wanted) == 0
			      : strncmp(*text, wanted, length) == 0 && (*text)[length] == '=')
			return true;
	return false;
}

static bool is_before(const char *created, const char *limit)
{
	struct timespec now = units_now(), end, time;

	return created && units_parse_time(&time, created, NULL) == 0 &&
	       times_parse(&end, limit, &now, NULL) == 0 &&
	       (time.tv_sec < end.tv_sec ||
		(time.tv_sec == end.tv_sec && time.tv_nsec < end.tv_nsec));
}

bool prune_fits(const struct strvec *filters, const char *created, const struct strvec *labels)
{
	strvec_each (text, filters) {
		bool fits = begins(*text, until)   ? is_before(created, *text + strlen(until))
			    : begins(*text, label) ? has_label(labels, *text + strlen(label))
						   : !has_label(labels, *text + strlen(no_label));

		if (!fits)
			return false;
	}
	return true;
}

bool prune_ask(const struct prune_options *options, const char *warning)
{
	auto_strbuf struct strbuf text = {0};

	if (options->force)
		return true;
	strbuf_printf(&text, "WARNING! %s\nAre you sure you want to continue? [y/N] ", warning);
	return question_ask(strbuf_text(&text));
}

void prune_total(const struct prune *prune)
{
	char size[32];

	output_printf("Total reclaimed space: %s\n",
		      units_format_size(size, sizeof(size), prune->reclaimed));
}

static void end_list(const struct strvec *lines, const char *heading)
{
	if (lines->count == 0)
		return;
	output_line(heading);
	strvec_each (line, lines)
		output_line(*line);
	output_text("\n", 1);
}

/* --- containers ------------------------------------------------------------------------------- */

static struct strvec container_labels(const struct container *container)
{
	struct strvec labels = {0};

	for (size_t i = 0; i < container->config.label_count; i++)
		strvec_addf(&labels, "%s=%s", container->config.labels[i].name,
			    container->config.labels[i].value);
	return labels;
}

/* The lock of a project, so that no other command is at it; -1: one is. */
static int lock_project(const struct prune *prune, const char *project)
{
	char path[300];

	snprintf(path, sizeof(path), "%.255s.lock", project);
	return file_lock(prune->invocation->engine->layout.projects_fd, path, true, false, NULL);
}

static int list_containers(const struct prune *prune, struct container_list *list,
			   struct error *err)
{
	return container_list(prune->invocation->engine, NULL, &list->items, &list->count,
			      prune->invocation->arena, err);
}

/* Projects of which something runs. */
static void find_running(const struct container_list *list, struct map *projects)
{
	for (size_t i = 0; i < list->count; i++) {
		const char *project = labels_project(&list->items[i]);

		if (project && container_is_live(&list->items[i]))
			map_set(projects, project, projects);
	}
}

static bool is_unused(const struct prune *prune, const struct container *container,
		      const struct map *running)
{
	auto_strvec struct strvec labels = container_labels(container);
	const char *project = labels_project(container);

	return !container_is_live(container) &&
	       !container_is_between(prune->invocation->engine, container) &&
	       (!prune->spares_projects || !project || !map_has(running, project)) &&
	       prune_fits(prune->filters, container->created, &labels);
}

static int remove_container(struct prune *prune, const struct container *container,
			    struct strvec *removed, struct error *err)
{
	struct engine *engine = prune->invocation->engine;
	const char *project = labels_project(container);
	auto_close int lock = project ? lock_project(prune, project) : -1;
	int64_t size = usage_tree(engine->layout.containers_fd, container->id);
	struct error reason = {0};

	if (project && lock < 0)
		return 0;
	if (container_remove(engine, container->id, 0, &reason) < 0) {
		if (reason.code == ERROR_CONFLICT || reason.code == ERROR_NOT_FOUND)
			return 0; /* it has been started, or has gone, meanwhile */
		return error_pass(err, &reason);
	}
	prune->reclaimed += size;
	strvec_add(removed, container->id);
	return 0;
}

int prune_containers(struct prune *prune, struct error *err)
{
	auto_strvec struct strvec removed = {0};
	auto_map struct map running = {0};
	struct container_list list;
	int result = list_containers(prune, &list, err);

	if (result < 0)
		return -1;
	find_running(&list, &running);
	for (size_t i = 0; i < list.count && result == 0; i++)
		if (is_unused(prune, &list.items[i], &running))
			result = remove_container(prune, &list.items[i], &removed, err);
	end_list(&removed, "Deleted Containers:");
	return result;
}

/* --- networks --------------------------------------------------------------------------------- */

/* A stopped container needs its networks for the next start. */
static void find_used_networks(const struct container_list *list, struct map *used)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct container *container = &list->items[i];

		for (size_t j = 0; j < container->config.endpoint_count; j++)
			map_set(used, container->config.endpoints[j].network, used);
		for (size_t j = 0; j < container->state.endpoint_count; j++)
			map_set(used, container->state.endpoints[j].network, used);
	}
}

static void remove_network(struct prune *prune, const struct network *network,
			   const struct map *running, struct strvec *removed)
{
	auto_strvec struct strvec labels = {0};
	auto_close int lock = -1;
	const char *project = labels_find(network->labels, network->label_count, LABEL_PROJECT);

	for (size_t i = 0; i < network->label_count; i++)
		strvec_addf(&labels, "%s=%s", network->labels[i].name, network->labels[i].value);
	if ((project && map_has(running, project)) ||
	    !prune_fits(prune->filters, network->created, &labels))
		return;
	if (project) {
		lock = lock_project(prune, project);
		if (lock < 0)
			return;
	}
	/* It says no to what is in use after all. */
	if (network_destroy(&prune->invocation->engine->net, network->name, NULL) == 0)
		strvec_add(removed, network->name);
}

int prune_networks(struct prune *prune, struct error *err)
{
	struct invocation *invocation = prune->invocation;
	auto_strvec struct strvec removed = {0};
	auto_map struct map used = {0};
	auto_map struct map running = {0};
	struct container_list list;
	struct network *networks;
	size_t count;

	if (network_list(&invocation->engine->net, &networks, &count, invocation->arena, err) < 0 ||
	    list_containers(prune, &list, err) < 0)
		return -1;
	find_running(&list, &running);
	find_used_networks(&list, &used);
	for (size_t i = 0; i < count; i++)
		if (!map_has(&used, networks[i].name) && !network_is_predefined(networks[i].name))
			remove_network(prune, &networks[i], &running, &removed);
	end_list(&removed, "Deleted Networks:");
	return 0;
}

/* --- images and volumes ------------------------------------------------------------------------
 */

static bool image_fits(const struct image *image, void *data)
{
	const struct prune *prune = data;
	auto_strvec struct strvec labels = {0};

	for (size_t i = 0; i < image->label_count; i++)
		strvec_addf(&labels, "%s=%s", image->labels[i].name, image->labels[i].value);
	return prune_fits(prune->filters, image->created, &labels);
}

int prune_images(struct prune *prune, bool all, bool blobs, struct error *err)
{
	struct image_prune request = {
		.all = all, .blobs = blobs, .wants = image_fits, .data = prune};
	auto_strbuf struct strbuf report = {0};
	int64_t bytes = 0;

	if (image_prune(&prune->invocation->engine->layout, &request, &report, &bytes, err) < 0)
		return -1;
	prune->reclaimed += bytes;
	if (report.length == 0)
		return 0;
	output_line("Deleted Images:");
	output_text(report.text, report.length);
	output_text("\n", 1);
	return 0;
}

struct volume_report {
	const struct prune *prune;
	struct strvec *removed;
};

static bool volume_fits(const struct volume *volume, const void *data)
{
	const struct volume_report *report = data;
	auto_strvec struct strvec labels = {0};

	for (size_t i = 0; i < volume->label_count; i++)
		strvec_addf(&labels, "%s=%s", volume->labels[i].name, volume->labels[i].value);
	return prune_fits(report->prune->filters, volume->created, &labels);
}

static void report_removed(const char *name, int64_t bytes, const void *data)
{
	const struct volume_report *report = data;

	(void)bytes;
	strvec_add(report->removed, name);
}

int prune_volumes(struct prune *prune, struct error *err)
{
	auto_strvec struct strvec removed = {0};
	struct volume_report report = {prune, &removed};
	struct volume_prune request = {
		.fits = volume_fits, .removed = report_removed, .data = &report};
	int64_t bytes = 0;
	int result = volume_use_prune(prune->invocation->engine, &request, &bytes, err);

	prune->reclaimed += bytes;
	end_list(&removed, "Deleted Volumes:");
	return result;
}
