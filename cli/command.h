/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/command.h - what every command exports, and what it is given to run.
 *
 * A command's file exports one const struct command; commands.c lists them. cli/dispatch enforces
 * `needs`, parses the options into a zeroed struct of options_size bytes and calls run. Help,
 * completion and the tests walk the same table.
 */
#pragma once

#include "cli/globals.h"
#include "cli/options.h"

#include "compose/apply/apply.h"

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct command;
struct engine;
struct error;
struct front;
struct progress;
struct project;

enum command_needs {
	NEEDS_ROOT = 1 << 0,	      /* user id 0 */
	NEEDS_ENGINE = 1 << 1,	      /* the engine is open */
	NEEDS_FILE = 1 << 2,	      /* the project is loaded from its compose files */
	NEEDS_PROJECT = 1 << 3,	      /* the same, or with -p alone the name: labels say the rest */
	TAKES_PROJECT = 1 << 4,	      /* the same, or nothing when there is no compose file */
	NEEDS_LOCK = 1 << 5,	      /* nobody else changes this project meanwhile */
	ALL_PROFILES = 1 << 6,	      /* gated services count too (teardown) */
	SERVICE_ARGUMENTS = 1 << 7,   /* every argument is a service of the project */
	SERVICE_FIRST = 1 << 8,	      /* the first is one, and options end there */
	OPTIONS_FIRST_ONLY = 1 << 12, /* options end at the first argument */
	HAS_DRY_RUN = 1 << 9,	      /* can say what it would do */
	CHANGES_NOTHING = 1 << 10,    /* so --dry-run is no different */
	IS_HIDDEN = 1 << 11,
	SERVICE_NUMBERS = 1 << 13, /* every argument is SERVICE=NUMBER */
	/* What killed commands and monitors left of any container is finished first: for who looks
	 * at many. Who is told of one by name heals that one (container_find_healed). */
	NEEDS_MONITORS = 1 << 14,
	/* What keeps it from starting a container has code 125, 126 or 127. */
	FAILS_AS_RUN = 1 << 15,
	FAILS_WITH_255 = 1 << 17, /* so is its failure told from the codes of what it runs */
	TAKES_ALL_WORDS =
		1 << 16, /* they are somebody else's, with their options; behind "--" or not */

	/* -f may stand behind our own name for it, too: `up -f app.tar`. */
	FILE_BEHIND = 1 << 20,

	/* On single objects of the host: a container, an image, … */
	FOR_OBJECTS = NEEDS_ROOT | NEEDS_ENGINE,
	/* The same, by who looks through all containers. */
	FOR_CONTAINERS = FOR_OBJECTS | NEEDS_MONITORS,
	/* On what a project has already, whatever its file says now. */
	FOR_SERVICES = FOR_CONTAINERS | NEEDS_PROJECT | ALL_PROFILES,
};

#define ANY_NUMBER SIZE_MAX

struct invocation {
	const struct front *front; /* as what we were called */
	const struct command *command;
	const char *name; /* as typed: "image ls" */
	struct globals *globals;
	struct arena *arena;
	void *options;
	char **arguments; /* NULL-terminated */
	size_t argument_count;
	struct engine *engine;
	struct project *project;  /* NULL: no compose file was read */
	const char *project_name; /* NULL: no project at all */
	struct progress *progress;
	size_t limit;	 /* containers at once; 0: no wish */
	bool is_at_work; /* what fails from now on is no mistake of the command line */
	int lock_fd;
	int bundle_fd; /* holds the bundle's files that the project is made of; -1: none */
	int cancel_fd; /* readable after Ctrl-C; 0: that ends the process */
};

/* What help shows behind the command's name, and what that does (a sentence as `help`). */
struct command_example {
	const char *words, *effect;
};

/* Does the work for one argument; -1 with @err. */
typedef int command_action(struct invocation *invocation, const char *argument, struct error *err);

struct command {
	const char *name;
	const char *usage; /* the arguments behind the options; "" for none */
	const char *help;  /* a sentence in the imperative: a capital, no full stop */
	struct command_example examples[2];
	unsigned needs;
	size_t least, most; /* arguments */
	size_t options_size;
	const struct option_spec *options;
	/* A noun (image, volume, …): its verbs, up to one without a command; run is NULL then. With
	 * both, the first word decides: one that is no verb ("--" too) is an argument of run. */
	const struct command_entry *verbs;
	/* Refuses options that exclude each other; before anything is read. */
	int (*check)(const void *options, struct error *err);
	/* Returns the exit code, or -1 with @err for code 1. */
	int (*run)(struct invocation *invocation, struct error *err);
	/* Instead of run: called for each argument. Goes on after a failure, says each; the exit
	 * code is 1 when there was one. */
	command_action *each;
	/* Said after what Ctrl-C has left: "'coracle up -d' goes on". The first one makes
	 * invocation->cancel_fd readable then. NULL: it ends the process. */
	const char *goes_on;
	/* Instead: all that Ctrl-C leaves, said when it ends the process. NULL: nothing. */
	const char *last_words;
	/* What distinguishes commands that share a run or each. */
	const void *data;
};

/* Does it do something itself, or is it only a noun with verbs? */
bool command_runs(const struct command *command);

/* A command: its three texts, then its other members by name. */
#define COMMAND(word, arguments, text, ...)                                                        \
	{                                                                                          \
		.name = (word), .usage = (arguments), .help = (text), __VA_ARGS__                  \
	}
/* Members of struct command that belong together. The words of the examples must be such that the
 * command takes them; what begins with <, > or | is the shell's. */
#define EXAMPLE(typed, meaning)	    .examples[0] = {(typed), (meaning)}
#define EXAMPLE_TOO(typed, meaning) .examples[1] = {(typed), (meaning)}
#define COMMAND_OPTIONS(tag, rows)  .options_size = sizeof(struct tag), .options = (rows)
#define COMMAND_EACH(action)	    .least = 1, .most = ANY_NUMBER, .each = (action)

/* Rows sorted by name, since one command may have several. */
struct command_entry {
	const char *name;
	const struct command *command;
};

/* The words of Docker Compose, those of docker, and our own (cli/front.h). */
extern const struct command_entry command_compose[], command_docker[], command_own[];
const struct command *command_find(const struct command_entry *table, const char *name);
/* Do help and manual list the row? Not what is hidden, nor another name of a command that stands
 * in the table under its own. */
bool command_is_shown(const struct command_entry *table, const struct command_entry *row);
