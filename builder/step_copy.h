/* SPDX-License-Identifier: Apache-2.0 */
/*
 * builder/step_copy.h - COPY and ADD as one step: what its words mean, its key, its work.
 */
#pragma once

#include "builder/source/context.h"
#include "builder/stage_source.h"
#include "builder/step/copy.h"

struct build;
struct error;
struct key;
struct stage;
struct step;
struct strbuf;

struct step_copy_part {
	struct stage_selection selection; /* of files; without patterns: @url */
	const char *url;		  /* ADD */
	char digest[DIGEST_HEX_SIZE];	  /* "": not known yet */
	struct context_fetched fetched;	  /* once it was */
};

struct step_copy {
	struct step_copy_part *parts;
	size_t part_count;
	struct copy_inline *inlines;
	size_t inline_count;
	const struct stage *from; /* NULL: the context */
	const char *destination, *said_destination, *chown, *chmod, *checksum;
	bool is_add, is_link, keeps_parents, keeps_git_directory;
	bool unpacks, unpacks_remote; /* archives of files; of what was fetched */
};

/* In the scope of its stage, with what can be refused. Says in @created_by what the history will.
 */
int step_copy_prepare(struct build *build, struct step *step, struct strbuf *created_by,
		      struct error *err);
/* 1: all is known; 0: not without @may_look (see stage_source_digest). */
int step_copy_add_key(const struct build *build, struct step *step, struct key *key, bool may_look,
		      struct error *err);
/* Where it goes, and where names of users are looked up; one, but for --link. */
struct step_roots {
	int target_fd, users_fd;
};
/* Sets @step's is_inexact. */
int step_copy_work(const struct build *build, struct step *step, const struct step_roots *roots,
		   struct error *err);
