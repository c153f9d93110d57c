/* SPDX-License-Identifier: Apache-2.0 */
/*
 * builder/dockerfile/dockerfile.h - door: a Dockerfile's bytes as a list of instructions. Pure.
 *
 * The reference is BuildKit's frontend/dockerfile/parser. Words are as written: variables are
 * replaced later (builder/dockerfile/expand.h), by whoever knows their values.
 */
#pragma once

#include "base/pair.h"
#include "storage/image/image.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct error;

enum instruction_kind {
	INSTRUCTION_ADD,
	INSTRUCTION_ARG,
	INSTRUCTION_CMD,
	INSTRUCTION_COPY,
	INSTRUCTION_ENTRYPOINT,
	INSTRUCTION_ENV,
	INSTRUCTION_EXPOSE,
	INSTRUCTION_FROM,
	INSTRUCTION_HEALTHCHECK,
	INSTRUCTION_LABEL,
	INSTRUCTION_MAINTAINER,
	INSTRUCTION_ONBUILD,
	INSTRUCTION_RUN,
	INSTRUCTION_SHELL,
	INSTRUCTION_STOPSIGNAL,
	INSTRUCTION_USER,
	INSTRUCTION_VOLUME,
	INSTRUCTION_WORKDIR,
	INSTRUCTION_COUNT
};

extern const char *const instruction_names[]; /* "ADD", … by kind, NULL-terminated */

struct heredoc {
	const char *name;    /* the delimiter, without quotes */
	const char *content; /* between the delimiters, tabs stripped if "<<-" asked for it; a
			      * newline at the end of each line */
	size_t length;
	const char *raw; /* the same with its tabs */
	int descriptor;	 /* "3<<EOF"; 0 when none is given */
	bool expands;	 /* the delimiter is not quoted */
	bool strips_tabs;
};

struct instruction_flag {
	const char *name;  /* "from" of --from=x */
	const char *value; /* NULL: "--link" without one */
};

struct instruction {
	enum instruction_kind kind;
	int line, end_line;    /* from 1 */
	const char *keyword;   /* as written: "copy" */
	const char *text;      /* all of it joined to one line, keyword in upper case, without
				* comments: "COPY --from=x a b" */
	const char *arguments; /* of @text, behind the keyword and flags; of RUN: the shell's line,
				* heredocs not in it */
	struct instruction_flag *flags;
	size_t flag_count;
	const char *comment; /* the line right above it, if that is a comment, without "#"; NULL */
	/* By kind. ADD, COPY: sources and last the destination (heredocs as "<<NAME", see
	 * instruction_heredoc). CMD, ENTRYPOINT, RUN, HEALTHCHECK's command: the elements of the
	 * JSON form, else one element, the shell's line; none when there is nothing ("RUN", "CMD
	 * []"). SHELL: its elements. EXPOSE, VOLUME: one element each. FROM: the base name.
	 * MAINTAINER, STOPSIGNAL, USER, WORKDIR: one. ONBUILD: one, the instruction's text, with
	 * its heredocs behind it. */
	char **words; /* NULL-terminated, never NULL */
	size_t word_count;
	bool is_json;
	/* ARG, ENV, LABEL: in order; value NULL: an ARG without a default. Quotes and variables are
	 * still in both. */
	struct pair *pairs;
	size_t pair_count;
	bool is_legacy;		/* ENV, LABEL: "NAME VALUE" without "=" */
	const char *stage_name; /* FROM … AS NAME, in lower case; NULL */
	struct heredoc *heredocs;
	size_t heredoc_count;
	struct image_healthcheck healthcheck; /* HEALTHCHECK; all that its flags say */
};

struct dockerfile_warning {
	int line;	  /* 0: none */
	const char *rule; /* of the checks, "FromAsCasing"; NULL: of the parser */
	const char *text;
};

/* "# check=skip=A,B;error=true;experimental=C" */
struct dockerfile_check {
	char **skip;	     /* names of rules; {"all"}; NULL */
	char **experimental; /* rules that are only asked for by name; {"all"}; NULL */
	bool is_error;
};

struct dockerfile {
	const char *name; /* for messages: "Dockerfile", "docker/web.Dockerfile" */
	const char *bytes;
	size_t length;
	char escape;	    /* '\\' or '`' */
	const char *syntax; /* of "# syntax=", which is reported and has no effect; NULL */
	struct dockerfile_check check;
	struct instruction *instructions;
	size_t count;
	struct dockerfile_warning *warnings; /* of the parser: empty continuations, … */
	size_t warning_count;
};

/* @name and @bytes stay the caller's and must outlive it; all else is the arena's. ERROR_INVALID:
 * placed and with an excerpt, as dockerfile_complain makes it. Everything that can be refused
 * without knowing values of variables is refused here: unknown instructions and flags (with a
 * suggestion), missing arguments, forms, what may not follow what. */
int dockerfile_parse(struct dockerfile *dockerfile, const char *name, const char *bytes,
		     size_t length, struct arena *arena, struct error *err);
/* One instruction of an ONBUILD trigger; @line is where to complain. */
int dockerfile_parse_trigger(const struct dockerfile *dockerfile, const char *text, int line,
			     struct instruction *instruction, struct arena *arena,
			     struct error *err);
/* Puts "NAME:LINE: " before what @err says and the lines @line to @end_line (with a few around
 * them, as BuildKit prints them) behind it. Returns -1. */
int dockerfile_complain(const struct dockerfile *dockerfile, int line, int end_line,
			struct error *err);

/* Adds to the warnings; @text stays the caller's. */
void dockerfile_warn(struct dockerfile *dockerfile, int line, const char *rule, const char *text,
		     struct arena *arena);

/* The value of the last flag of this name; "" for a flag without value; NULL: not given. */
const char *instruction_flag(const struct instruction *instruction, const char *name);
/* "--link", "--link=true": true; ERROR_INVALID. */
int instruction_flag_is_set(const struct instruction *instruction, const char *name, bool *is_set,
			    struct error *err);

/* The heredoc that a source of COPY or ADD ("<<NAME") stands for; NULL: it is a path. */
const struct heredoc *instruction_heredoc(const struct instruction *instruction, const char *word);
/* RUN: the heredoc that is all of its line ("RUN <<EOF"): a script; NULL. */
const struct heredoc *instruction_script(const struct instruction *instruction);
/* RUN, not in JSON form: what the shell is to run: a script's content, else the line with its
 * heredocs behind it, as the shell reads them. */
const char *instruction_shell_text(const struct instruction *instruction, struct arena *arena);
