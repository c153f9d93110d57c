/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/model/load_private.h - what the phases of loading share (load, include, extends). Not a
 * door.
 */
#pragma once

#include "compose/model/discover.h"
#include "compose/model/interpolate.h"
#include "compose/model/judge.h"
#include "compose/model/problems.h"
#include "compose/model/project.h"
#include "compose/model/yaml_tree.h"

#define LOADER_DEPTH_LIMIT 100	/* of includes and of extends */
#define LOADER_FILE_LIMIT  1000 /* files read, however often */

struct loader {
	const struct project_request *request;
	struct discovery *discovery;
	struct arena *arena;
	struct problems problems;
	struct judge judge;
	struct node_budget budget;
	size_t interpolated; /* bytes made so far */
	unsigned file_count;
	const char *home;
	/* Those of included files with a .env of their own, by struct scope's variables. */
	struct map environments;
	struct error *err;
};

/* One model being read: the project's, or an included one with a directory and .env of its own. */
struct scope {
	struct loader *loader;
	const struct scope *parent; /* the including one */
	struct environment *environment;
	const char *variables; /* which files those are from; "": the project's environment */
	const char *directory; /* what its paths are relative to */
	const char *file;      /* the one being read, for cycles */
	unsigned depth;
};

/* A compose file as parsed. */
struct source {
	const char *path;    /* absolute or "-" */
	const char *display; /* for messages */
	struct yaml_documents documents;
};

struct walk source_begin_walk(struct loader *loader);
/* Reads and parses; nothing is interpolated. */
int source_read(struct loader *loader, const char *path, struct source *source);
/* Replaces the variables of all documents of @source. */
void source_interpolate(const struct scope *scope, struct source *source);
/* Notes the error at hand beside the problems, for what is looked at next; -1. */
int source_note_error(struct loader *loader);
/* Merges the documents of @source into @root (NULL at first), with includes and extends. */
int load_add(const struct scope *scope, struct source *source, struct node **root);
