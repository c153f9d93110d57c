/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/nouns.h - what the commands on single objects have in common.
 */
#pragma once

#include "cli/command.h"

#include "base/json.h"
#include "base/strvec.h"
#include "cli/screen/output.h"

/* Describes the named object; NULL with @err (ERROR_NOT_FOUND). */
typedef json *nouns_describe(struct invocation *invocation, const char *name, struct error *err);
/* Adds the rows that ls shows to the array @rows. */
typedef int nouns_rows(struct invocation *invocation, json *rows, struct error *err);

struct filter;

/* One kind of object; .data of its commands. */
struct noun {
	nouns_describe *describe;
	nouns_rows *add_rows;
	const struct format_column *columns;
	const char *key;	      /* the member of a row that ls -q prints */
	const struct filter *filters; /* NULL: ls has none */
	const char *setting;	      /* as in struct format_request */
};

/* `ls`: the command's options begin with this. */
struct nouns_ls_options {
	const char *format;
	bool quiet;
	struct strvec filters;
};

#define NOUNS_FILTER(text)                                                                         \
	OPTION(LIST, "filter", 'f', nouns_ls_options, filters, text, .value = "FILTER")

#define NOUNS_FORMAT                                                                               \
	OPTION(STRING, "format", 0, nouns_ls_options, format,                                      \
	       "Print a table, JSON, or what a template says", .value = "FORMAT",                  \
	       .fallback = "table")
#define NOUNS_QUIET(text) OPTION(BOOL, "quiet", 'q', nouns_ls_options, quiet, text)

int nouns_ls(struct invocation *invocation, struct error *err);
/* The same for a command that does not have its noun in .data. */
int nouns_ls_as(struct invocation *invocation, const struct noun *noun, struct error *err);

/* `inspect`: prints all that are there, says which are not, and returns 1 then. */
struct nouns_inspect_options {
	const char *format;
	bool size;
};

#define NOUNS_INSPECT_FORMAT                                                                       \
	OPTION(STRING, "format", 'f', nouns_inspect_options, format,                               \
	       "Print JSON, or what a template says", .value = "FORMAT", .fallback = "json")
#define NOUNS_INSPECT_SIZE                                                                         \
	OPTION(BOOL, "size", 's', nouns_inspect_options, size, "Count what containers have written")

extern const struct option_spec nouns_inspect_options[];
int nouns_inspect(struct invocation *invocation, struct error *err);

/* Whole commands; @prepared is FOR_OBJECTS or FOR_CONTAINERS, what follows are more members of
 * struct command. */
#define NOUNS_LS(noun, prepared, text, ...)                                                        \
	{                                                                                          \
		.name = "ls", .usage = "", .help = text, .needs = (prepared) | CHANGES_NOTHING,    \
		.run = nouns_ls, .data = (noun), __VA_ARGS__                                       \
	}
#define NOUNS_INSPECT_WITH(rows, noun, arguments, text, ...)                                       \
	{                                                                                          \
		.name = "inspect", .usage = arguments, .help = text,                               \
		.needs = FOR_OBJECTS | CHANGES_NOTHING, .least = 1, .most = ANY_NUMBER,            \
		COMMAND_OPTIONS(nouns_inspect_options, rows), .run = nouns_inspect,                \
		.data = (noun), __VA_ARGS__                                                        \
	}
#define NOUNS_INSPECT(noun, arguments, text, ...)                                                  \
	NOUNS_INSPECT_WITH(nouns_inspect_options, noun, arguments, text, __VA_ARGS__)
/* A verb that changes each of its arguments: @action prints the name. */
#define NOUNS_VERB(verb, prepared, arguments, text, sample, action, ...)                           \
	{                                                                                          \
		.name = verb, .usage = arguments, .help = text, .needs = (prepared),               \
		COMMAND_EACH(action), sample, ##__VA_ARGS__                                        \
	}

/* Each looks up one kind of object. */
nouns_describe nouns_describe_container, nouns_describe_image, nouns_describe_network,
	nouns_describe_volume;

/* "NAME=value" options; a missing "=" is an empty value. Memory from the arena. */
struct pair *nouns_pairs(struct invocation *invocation, const struct strvec *rows);
