/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/bundle/compose_project.h - door: a project as one compose file that every reader of
 * compose files takes: nothing is left to resolve, and images are named by digest.
 *
 * What only building or developing needs stays behind. With a folder for it, the files that the
 * project names come along; without one they stay where they are.
 */
#pragma once

#include "compose/model/project.h"
#include "storage/bundle/bundle.h"

struct arena;
struct error;
struct export_note;

struct compose_request {
	struct project *project;     /* loaded with its env_files, PROJECT_TO_SHOW; it is changed */
	const struct layout *layout; /* that knows digests; NULL: it may not be looked into */
	bool is_folder;
	bool has_secrets; /* in the folder, in clear; else they are only referred to */
};

struct compose_result {
	struct bundle_file *files; /* BUNDLE_COMPOSE first, in a folder what it names behind it */
	size_t count;
	struct export_note *notes; /* what the reader has to bring along */
	size_t note_count;
};

int compose_project(struct compose_result *result, const struct compose_request *request,
		    struct arena *arena, struct error *err);
