/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/exec_options.h - terminals and variables, as exec and run treat them.
 */
#pragma once

#include "base/strvec.h"

#include <stdbool.h>

struct container;
struct container_exec;
struct error;
struct invocation;
struct project;

struct tty_request {
	int no_tty;	 /* -T: -1 not given, 0: a terminal is asked for, 1: none */
	int tty;	 /* -t: likewise */
	int interactive; /* -i: 0 none of our input */
};

/* What both execs take; their options begin with it. */
struct exec_common {
	bool detach, privileged;
	struct strvec env;
	const char *user, *working_dir, *detach_keys;
};

#define EXEC_DETACH                                                                                \
	OPTION(BOOL, "detach", 'd', exec_common, detach, "Do not wait for the command to end")
#define EXEC_DETACH_KEYS                                                                           \
	OPTION(STRING, "detach-keys", 0, exec_common, detach_keys,                                 \
	       "Leave the command with these keys", .value = "KEYS", .fallback = "ctrl-p,ctrl-q")
#define EXEC_ENV                                                                                   \
	OPTION(LIST, "env", 'e', exec_common, env,                                                 \
	       "Set a variable; without a value, take that of the environment",                    \
	       .value = "NAME[=VALUE]")
#define EXEC_PRIVILEGED                                                                            \
	OPTION(BOOL, "privileged", 0, exec_common, privileged, "Give the command all capabilities")
#define EXEC_USER                                                                                  \
	OPTION(STRING, "user", 'u', exec_common, user, "Run as this user", .value = "USER[:GROUP]")
#define EXEC_WORKDIR                                                                               \
	OPTION(STRING, "workdir", 'w', exec_common, working_dir, "Start in this directory",        \
	       .value = "DIR")

/* Whether the process gets a terminal: by default when both our input and output are one. An
 * explicit wish without a terminal of ours is an error. */
int exec_choose_tty(bool *tty, const struct tty_request *request, struct error *err);
/* "NAME=value" as it is, "NAME" from the project's environment (NULL: ours) or left out. */
void exec_fill_env(struct strvec *env, const struct strvec *given, const struct project *project);
/* The keys that leave: as given, else as config.json says ("detachKeys"), else NULL for the usual
 * ones. In the invocation's arena. ERROR_INVALID. */
int exec_detach_keys(struct invocation *invocation, const char **keys, const char *given,
		     struct error *err);
/* Runs the command behind the first argument; says what fails. Returns the exit code; -1 when its
 * user has left it. */
struct exec_way {
	bool has_input, has_terminal;
	const struct strvec *env; /* variables that those of the options stand before; NULL */
};
int exec_run_in(struct invocation *invocation, const struct container *container,
		const struct exec_way *way, struct error *err);
/* The user has typed the keys that leave: -1 with what docker says then. */
int exec_left(struct invocation *invocation, struct error *err);
/* What our output could not take is said, unless its reader has gone: that ends us as SIGPIPE ends
 * others. Returns the exit code. */
int exec_output_failed(struct invocation *invocation, const struct error *err);
