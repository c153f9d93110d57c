/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/bundle/bundle_project.h - door: a project's model as what a bundle holds
 * (storage/bundle): a compose file that needs nothing around it, the files that it names, and the
 * images.
 *
 * Files and folders of the project that services bind come along, configs too, secrets when asked
 * for. Images are named, not built; whatever is a path of the machine stays one.
 */
#pragma once

#include "compose/model/project.h"
#include "storage/bundle/bundle.h"

struct arena;
struct error;

/* Changes the model (loaded with its env_files) and fills @write, but for its key. A warning says
 * each thing that the other machine has to have itself. */
int bundle_project(struct bundle_write *write, struct project *project, bool has_secrets,
		   struct arena *arena, struct error *err);
