/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/env_resolve.h - values that come from the environment and from env_file, label_file.
 */
#pragma once

struct arena;
struct environment;
struct error;
struct project;

/* Null entries of environment and build args, and secrets and configs from variables. A variable
 * that is not set stays null (environment) or is dropped (build args). */
void env_resolve_variables(struct project *project, struct environment *environment,
			   struct arena *arena);
/* Reads the files of @services and of what they depend on (NULL: of all enabled services) into
 * environment and labels. */
int env_resolve_files(struct project *project, char *const *services,
		      struct environment *environment, struct arena *arena, struct error *err);
