/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/prune.h"

#include <stdio.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "base/units.h"
#include "cli/invocation.h"
#include "cli/question.h"
#include "cli/screen/output.h"
#include "describe/filters.h"
#include "engine/engine.h"
#include "engine/unused.h"
#include "engine/volume_use.h"
#include "storage/build_cache/build_cache.h"
#include "storage/image/image.h"
#include "storage/volume/volume.h"

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

/* What one kind of objects gave. */
struct report {
	struct prune *prune;
	struct strvec removed;
};

static void end_list(const struct strvec *lines, const char *heading)
{
	if (lines->count == 0)
		return;
	output_line(heading);
	strvec_each (line, lines)
		output_line(*line);
	output_text("\n", 1);
}

static bool fits(const char *created, const struct pair *labels, size_t count, void *data)
{
	const struct report *report = data;
	const struct prune_filters_subject subject = {created, labels, count};

	return filters_fit(prune_filters, report->prune->filters, &subject);
}

static void take_removed(const char *name, int64_t bytes, void *data)
{
	struct report *report = data;

	report->prune->reclaimed += bytes;
	strvec_add(&report->removed, name);
}

typedef int remove_unused(struct engine *engine, const struct unused_request *request,
			  struct error *err);

static int prune_with(struct prune *prune, remove_unused *remove, const char *heading,
		      struct error *err)
{
	struct report report = {.prune = prune};
	const struct unused_request request = {
		.spares_projects = prune->spares_projects,
		.fits = fits,
		.removed = take_removed,
		.data = &report,
	};
	int result = remove(prune->invocation->engine, &request, err);

	end_list(&report.removed, heading);
	strvec_release(&report.removed);
	return result;
}

int prune_containers(struct prune *prune, struct error *err)
{
	return prune_with(prune, unused_remove_containers, "Deleted Containers:", err);
}

int prune_networks(struct prune *prune, struct error *err)
{
	return prune_with(prune, unused_remove_networks, "Deleted Networks:", err);
}

/* --- images and volumes ------------------------------------------------------------------------
 */

static bool image_fits(const struct image *image, void *data)
{
	const struct prune *prune = data;
	const struct prune_filters_subject subject = {image->created, image->labels,
						      image->label_count};

	return filters_fit(prune_filters, prune->filters, &subject);
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
	const struct prune_filters_subject subject = {volume->created, volume->labels,
						      volume->label_count};

	return filters_fit(prune_filters, report->prune->filters, &subject);
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

/* --- build cache -------------------------------------------------------------------------------
 */

static bool build_fits(const struct build_record *record, void *data)
{
	const struct report *report = data;

	return filters_fit(build_filters, report->prune->filters, record);
}

static void take_build(const struct build_record *record, void *data)
{
	struct report *report = data;

	strvec_addf(&report->removed, "%.25s", record->key);
}

int prune_builds(struct prune *prune, struct build_cache_prune *request, struct error *err)
{
	struct report report = {.prune = prune};
	int64_t bytes = 0;
	int result;

	request->wants = build_fits;
	request->removed = take_build;
	request->data = &report;
	result = build_cache_prune(&prune->invocation->engine->layout, request, &bytes, err);
	prune->reclaimed += bytes;
	end_list(&report.removed, "Deleted build cache objects:");
	strvec_release(&report.removed);
	return result;
}
