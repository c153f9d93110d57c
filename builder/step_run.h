/* SPDX-License-Identifier: Apache-2.0 */
/*
 * builder/step_run.h - RUN as one step: what its words and mounts mean, its key, its work.
 */
#pragma once

#include "builder/stage_source.h"
#include "builder/step/run.h"

struct build;
struct error;
struct key;
struct stage;
struct step;
struct strbuf;

struct step_run_mount {
	struct dockerfile_mount mount;
	const struct stage *from; /* of bind and cache; NULL: the context, or nothing */
	struct stage_selection selection;
	char digest[DIGEST_HEX_SIZE]; /* of a bind mount's files; "": not known yet */
	const struct build_secret *secret;
	const char *socket;
};

struct step_run {
	char **args, **env;
	const char *working_dir, *network; /* NULL: as the whole build */
	struct step_run_mount *mounts;
	size_t mount_count;
	struct pair *files; /* /dev/pipes/NAME */
	size_t file_count;
	bool is_insecure;
};

int step_run_prepare(struct build *build, struct step *step, struct strbuf *created_by,
		     struct error *err);
/* As step_copy_add_key. */
int step_run_add_key(const struct build *build, struct step *step, struct key *key, bool may_look,
		     struct error *err);
/* In a directory of the build's staging, which gets upper/ and work/; what it says goes to a
 * worker's descriptor. */
int step_run_work(const struct build *build, struct step *step, const char *directory,
		  int worker_fd, struct error *err);
