/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/prune.h"

#include <stdio.h>

#include "base/cleanup.h"
#include "base/strbuf.h"
#include "base/units.h"
#include "cli/invocation.h"
#include "cli/question.h"
#include "cli/screen/output.h"
#include "describe/pruning.h"

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

static struct pruning begin(const struct prune *prune)
{
	return (struct pruning){
		.engine = prune->invocation->engine,
		.filters = prune->filters,
		.spares_projects = prune->spares_projects,
	};
}

static void end(struct prune *prune, const struct pruning *pruning, const char *heading)
{
	prune->reclaimed += pruning->bytes;
	end_list(&pruning->removed, heading);
}

int prune_containers(struct prune *prune, struct error *err)
{
	auto_pruning struct pruning pruning = begin(prune);
	int result = pruning_containers(&pruning, err);

	end(prune, &pruning, "Deleted Containers:");
	return result;
}

int prune_networks(struct prune *prune, struct error *err)
{
	auto_pruning struct pruning pruning = begin(prune);
	int result = pruning_networks(&pruning, err);

	end(prune, &pruning, "Deleted Networks:");
	return result;
}

int prune_images(struct prune *prune, bool all, bool blobs, struct error *err)
{
	auto_pruning struct pruning pruning = begin(prune);
	int result;

	pruning.all = all;
	pruning.blobs = blobs;
	result = pruning_images(&pruning, err);
	end(prune, &pruning, "Deleted Images:");
	return result;
}

int prune_volumes(struct prune *prune, struct error *err)
{
	auto_pruning struct pruning pruning = begin(prune);
	int result = pruning_volumes(&pruning, err);

	end(prune, &pruning, "Deleted Volumes:");
	return result;
}

int prune_bundles(struct prune *prune, struct error *err)
{
	auto_pruning struct pruning pruning = begin(prune);
	int result = pruning_bundles(&pruning, err);

	end(prune, &pruning, "Deleted Bundles:");
	return result;
}

int prune_builds(struct prune *prune, struct build_cache_prune *request, struct error *err)
{
	auto_pruning struct pruning pruning = begin(prune);
	int result = pruning_builds(&pruning, request, err);

	end(prune, &pruning, "Deleted build cache objects:");
	return result;
}
