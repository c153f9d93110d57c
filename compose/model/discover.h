/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/model/discover.h - which files, which directory, which .env, which name.
 */
#pragma once

#include "compose/model/environment.h"

#include "base/strvec.h"

struct arena;
struct error;
struct project_request;

struct discovery {
	struct environment process; /* what the caller's environment says, and PWD */
	struct environment first;   /* below it the .env of where the search for files begins */
	struct environment
		project;	 /* below both the .env of the project's directory, or --env-file */
	struct strvec files;	 /* absolute, "-" for standard input; empty: none found */
	struct strvec env_files; /* that were read, absolute */
	char *current;		 /* where we are; malloc'ed */
	char *directory;	 /* the project's; malloc'ed */
};

void discover_release(struct discovery *discovery);
/* ERROR_NOT_FOUND: there is no compose file; directory and environment are filled even then. */
int discover_project(struct discovery *discovery, const struct project_request *request,
		     struct arena *arena, struct error *err);
/* The name that is set from outside (-p, COMPOSE_PROJECT_NAME): NULL when there is none, -1 when it
 * is invalid. */
int discover_explicit_name(const struct discovery *discovery, const struct project_request *request,
			   const char **name, struct error *err);
/* A URL or a git repository: no file of this machine. */
bool discover_is_remote(const char *text);
/* Lower case, only [a-z0-9_-], starting with a letter or digit; malloc'ed, may be empty. */
char *discover_normalize_name(const char *text);
/* The file as messages show it: relative when below where we are; malloc'ed. */
char *discover_display_path(const struct discovery *discovery, const char *path);
