/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/model/dotenv.h - door: the grammar of .env, --env-file, env_file and label_file.
 *
 * KEY=value, KEY: value, export KEY=value, bare KEY; 'literal', "with escapes and $VARIABLES",
 * unquoted up to " #". Differences from compose-go, on purpose: a bare last line without newline
 * is a bare key, and `K= # note` is an empty value with a comment.
 */
#pragma once

#include <stddef.h>

struct error;

#define DOTENV_SIZE_LIMIT ((size_t)4 << 20)

struct dotenv {
	/* What a name means where a value uses it; NULL: not set. */
	const char *(*lookup)(void *data, const char *name);
	/* @value NULL: a bare KEY that lookup does not know. */
	void (*set)(void *data, const char *name, const char *value);
	void *data;
};

/* Errors: "FILE:LINE: what is wrong". @text needs no NUL. */
int dotenv_parse(const struct dotenv *dotenv, const char *text, size_t length, const char *file,
		 struct error *err);
/* format: raw. Lines of KEY=value taken as they are; bare KEY from lookup. */
int dotenv_parse_raw(const struct dotenv *dotenv, const char *text, size_t length, const char *file,
		     struct error *err);
