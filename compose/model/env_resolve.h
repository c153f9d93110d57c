/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/model/env_resolve.h - values that come from the environment and from env_file,
 * label_file.
 */
#pragma once

struct arena;
struct environment;
struct map;
struct problems;
struct project;

/* What the values of an env_file may refer to. */
struct env_sources {
	struct environment *project;
	const struct map *included; /* struct environment * by struct service_env_file's scope */
};

/* Null entries of environment and build args, and secrets and configs from variables. A variable
 * that is not set stays null (environment) or is dropped (build args). */
void env_resolve_variables(struct project *project, struct environment *environment,
			   struct arena *arena);
/* Reads the files of the services of @asked ("services.NAME") into environment and labels. What
 * cannot be read is noted, all of it. */
void env_resolve_files(struct project *project, const struct map *asked,
		       const struct env_sources *sources, struct arena *arena,
		       struct problems *problems);
