/* SPDX-License-Identifier: Apache-2.0 */
/*
 * builder/source/git_private.h - what a git URL says, and git as a process of its own.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct error;
struct strbuf;

struct git_url {
	const char *remote;    /* what git is given: without user and password of http */
	const char *user;      /* "NAME:PASSWORD" for http, unescaped; NULL */
	const char *ref;       /* NULL: HEAD */
	const char *subdir;    /* cleaned; NULL: all of it */
	const char *checksum;  /* first digits of the commit; NULL */
	bool has_keep, keeps;  /* keep-git-dir= */
	bool skips_submodules; /* submodules=false */
	const char *shown;     /* for messages */
};
/* URL#REF:SUBDIR and ?ref=REF&subdir=SUBDIR and their like. ERROR_INVALID: not one that git may be
 * given. */
int git_url_parse(struct git_url *url, const char *text, struct arena *arena, struct error *err);
/* May this be given to git as the name of a branch, tag or commit? */
bool git_url_is_ref(const char *text);
bool git_url_is_commit(const char *text);

struct git {
	const char *program;
	char **env;
	int directory_fd; /* where it runs: the work tree */
	int stall_s;	  /* ended when it says nothing for so long; -1: never */
};
/* Looks git up and makes its environment, which has nothing of ours that could change what it does.
 * ERROR_NOT_FOUND: it is not installed. */
int git_prepare(struct git *git, const struct git_url *url, const char *ssh_auth_socket,
		struct arena *arena, struct error *err);
/* Runs it with these arguments (NULL-terminated, without its name); its output goes to @output
 * (NULL: nowhere). What it says when it fails is the error. */
int git_run(const struct git *git, char *const *arguments, struct strbuf *output,
	    struct error *err);
