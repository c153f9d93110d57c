/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/export/export.h - door: a project as the files of another engine.
 *
 * Nothing is run, asked or printed, and nothing is written: what comes of it are files in memory
 * and a list of what the other engine has no place for. The same project gives the same bytes. What
 * becomes of each attribute is a row of compose/export/carried.c.
 */
#pragma once

#include "compose/model/model.h"

#include <stdbool.h>
#include <stddef.h>

struct step;

struct arena;
struct error;
struct strbuf;

enum export_target {
	EXPORT_KUBERNETES, /* objects of Kubernetes' API, as YAML */
	EXPORT_SYSTEMD,	   /* Quadlet files for Podman, and a unit that runs coracle */
	EXPORT_TARGETS,
};

struct export_request {
	const struct project *project; /* loaded with its env_files, PROJECT_TO_SHOW */
	enum export_target target;
	bool has_secrets;	/* secrets in clear; else they are only referred to */
	const char *program;	/* systemd: absolute path of coracle */
	const char *wait_image; /* kubernetes: what waits for dependencies; has sh, nc, nslookup */
};

struct export_file {
	const char *path; /* relative: "web.yaml", "quadlet/web.container" */
	const char *text;
	size_t length;
	bool is_private; /* for root's eyes only: it holds secrets */
};

/* What was not carried over, or not as it was. */
struct export_note {
	struct location where;
	const char *path; /* "services.web.ports[0]" */
	const char *text;
};

struct export_result {
	struct export_file *files; /* sorted by path */
	size_t file_count;
	struct export_note *notes; /* in the order of the files; nothing twice */
	size_t note_count;
};

/* ERROR_INVALID: something that is referred to cannot be read. All memory is the arena's. */
int export_project(struct export_result *result, const struct export_request *request,
		   struct arena *arena, struct error *err);

/* All files as one text, each behind a line that ends documents (kubernetes) or names it. */
void export_join(struct strbuf *out, const struct export_result *result, enum export_target target);

/* Of what stands at @way in @project; its memory is the arena's. */
struct export_note export_note_make(const struct project *project, const struct step *way,
				    const char *text, struct arena *arena);
/* Each as a warning with where it stands. */
void export_say_notes(const struct export_note *notes, size_t count);

/* A Markdown table: what becomes of each attribute. */
void export_describe(struct strbuf *out);
