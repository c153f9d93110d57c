/* SPDX-License-Identifier: Apache-2.0 */
/*
 * describe/pruning.h - door: removing what nobody uses and the filters of prune choose; whoever
 * asked tells what has gone.
 */
#pragma once

#include "base/strvec.h"

#include <stdbool.h>
#include <stdint.h>

struct build_cache_prune;
struct engine;
struct error;

struct pruning {
	struct engine *engine;
	/* Of prune_filters, or of build_filters for builds; they have been checked. */
	const struct strvec *filters;
	bool spares_projects; /* containers of which another one of the project runs stay */
	bool all;	      /* images and volumes that have a name, too */
	bool blobs;	      /* compressed layers of what is unpacked */
	/* Ids of containers, names of networks and volumes, keys of builds; of images lines
	 * "Untagged: NAME" and "Deleted: ID". */
	struct strvec removed;
	int64_t bytes;
};

#define auto_pruning __attribute__((cleanup(pruning_release)))
void pruning_release(struct pruning *pruning);

/* What was removed before an error stands in @pruning, too. */
int pruning_containers(struct pruning *pruning, struct error *err);
int pruning_networks(struct pruning *pruning, struct error *err);
int pruning_images(struct pruning *pruning, struct error *err);
int pruning_volumes(struct pruning *pruning, struct error *err);
/* Unpacked files of bundles that no container uses: "PROJECT/HEX". Those in which something was
 * changed stay, with a warning. */
int pruning_bundles(struct pruning *pruning, struct error *err);
/* @request says how much; who may go and who is told is filled in here. */
int pruning_builds(struct pruning *pruning, struct build_cache_prune *request, struct error *err);
