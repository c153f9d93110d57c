/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/options.h - option rows and their parser.
 *
 * A command declares rows (OPTION, OPTION_REFUSED) up to one without a name; the parser fills the
 * command's own struct by offset. Help and completion are made from the same rows
 * (cli/options_describe.c). Nothing here prints.
 */
#pragma once

#include "base/strvec.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;
struct strbuf;

enum option_kind {
	OPTION_BOOL,	 /* bool; --name, --name=false */
	OPTION_TRISTATE, /* int: -1 not given, 0, 1 */
	OPTION_STRING,	 /* const char *; the last one counts */
	OPTION_WORD,	 /* the same, and it is one of the row's words */
	OPTION_LIST,	 /* struct strvec; every one counts */
	OPTION_INT,	 /* int; 0 when not given */
	OPTION_SECONDS, /* int64_t nanoseconds: "10" or "1m30s", "-1" for ever; -1 when not given */
	OPTION_SCALE,	/* struct strvec of checked "SERVICE=N" */
	OPTION_UNAVAILABLE, /* known to Docker Compose, refused with its help text as the reason */
};

struct option_spec {
	const char *name;
	char letter;
	enum option_kind kind;
	size_t offset;
	const char *help;  /* a sentence: a capital, no full stop; UNAVAILABLE: the reason */
	const char *value; /* what help calls the argument; UNAVAILABLE: NULL takes none */
	/* Values that it may have, for help and completion: "always missing never". What is not to
	 * be typed as it stands is no word of completion's: "on-failure[:N]", "container:NAME". */
	const char *words;
	const char *fallback; /* what holds when it is not given; help says so */
	bool is_hidden;
};

/* The type of the member that a row of each kind fills. */
#define OPTION_TYPE_BOOL     bool
#define OPTION_TYPE_TRISTATE int
#define OPTION_TYPE_STRING   const char *
#define OPTION_TYPE_WORD     const char *
#define OPTION_TYPE_LIST     struct strvec
#define OPTION_TYPE_INT	     int
#define OPTION_TYPE_SECONDS  int64_t
#define OPTION_TYPE_SCALE    struct strvec

/* offsetof, which does not compile for a member of another type than @kind's. */
#define OPTION_OFFSET(kind, tag, member)                                                           \
	(offsetof(struct tag, member) +                                                            \
	 0 * sizeof(struct {                                                                       \
		 int unused;                                                                       \
		 _Static_assert(                                                                   \
			 __builtin_types_compatible_p(__typeof__(((struct tag *)0)->member),       \
						      OPTION_TYPE_##kind),                         \
			 "an option's member must have its kind's type");                          \
	 }))

/* OPTION(BOOL, "force", 'f', rm_options, force, "Do not ask"): a row that fills the member `force`
 * of struct rm_options. Behind the help may stand .value, .words, .fallback and .is_hidden. */
#define OPTION(of_kind, long_name, short_name, tag, member, text, ...)                             \
	{                                                                                          \
		.name = long_name, .letter = short_name, .kind = OPTION_##of_kind,                 \
		.offset = OPTION_OFFSET(of_kind, tag, member), .help = text, ##__VA_ARGS__         \
	}

/* An option that is known and refused; @text is the reason. With .value it takes an argument. */
#define OPTION_REFUSED(long_name, short_name, text, ...)                                           \
	{                                                                                          \
		.name = long_name, .letter = short_name, .kind = OPTION_UNAVAILABLE, .help = text, \
		##__VA_ARGS__                                                                      \
	}

/* Rows (up to one without a name) and the struct that they fill. */
struct option_set {
	const struct option_spec *specs;
	void *target;
};

/* Sets what is not zero when not given. */
void options_init(const struct option_set *set);
/* Frees lists. */
void options_release(const struct option_set *set);

enum options_mode {
	OPTIONS_INTERSPERSED, /* options and arguments in any order, until "--" */
	OPTIONS_FIRST,	      /* options end at the first argument */
};

#define OPTIONS_HELP 1
/* Parses a NULL-terminated vector against all of @sets (up to one without specs); what is no option
 * goes to @arguments. Strings point into @argv. Returns 0, OPTIONS_HELP for -h or --help, or -1;
 * ERROR_NOT_FOUND: there is no such option, nor one with a name like it. */
int options_parse(const struct option_set *sets, enum options_mode mode, char *const *argv,
		  struct strvec *arguments, struct error *err);

/* The option whose value is missing at the end of the vector, if that is what options_parse has
 * failed with; else NULL. */
const struct option_spec *options_pending(const struct option_set *sets, const struct error *err);
/* What help calls an option's argument; "" for one that takes none. */
const char *options_value_name(const struct option_spec *spec);
/* Those that help shows, by name (rows that several commands share stand in groups);
 * NULL-terminated. The caller frees the vector. */
const struct option_spec **options_shown(const struct option_spec *specs);
/* Appends what it does, which words its value may be, and what holds without it. */
void options_describe(struct strbuf *out, const struct option_spec *spec);
/* Is "--name", "--name=value", "-n" or what begins with it one of these? */
bool options_have(const struct option_spec *specs, const char *word);
