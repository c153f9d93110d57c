/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/wording.h - what is said, in the words of the program that we were called as.
 *
 * As `coracle`, a message is the error's own text behind the program's name. As docker or Docker
 * Compose, what scripts match on is said with their words, by the fact that an error states.
 */
#pragma once

#include "cli/command.h"

struct strbuf;

enum wording_kind {
	WORDING_OF_DAEMON,    /* said by the host's side: so docker says, and prefixes it */
	WORDING_OF_CLIENT,    /* said as it is */
	WORDING_OF_OPTIONS,   /* docker adds the usage and exits with 125 */
	WORDING_OF_ARGUMENTS, /* docker prefixes its name and adds the usage */
};

/* %1 and %2: the fact's strings; %c the command as typed, with the program's name; %t the error's
 * own text. */
struct wording {
	const char *text;
	enum wording_kind kind;
};

/* By fact. What docker's daemon would say is in describe/fact_words.h. */
extern const struct wording wording_docker[], wording_compose[];

/* The whole message, without a newline at its end. */
void wording_error(struct strbuf *out, const struct invocation *invocation,
		   const struct error *err);
/* The same of a text that states no fact. */
void wording_text(struct strbuf *out, const struct invocation *invocation, const char *text);
/* The exit code of a command that failed with it. */
int wording_code(const struct invocation *invocation, const struct error *err);
/* That of a container that could not start: 126, 127, otherwise 125. */
int wording_start_code(const struct error *err);
/* A text of ours in which hints name the program that has the command: 'coracle image pull' is
 * 'docker image pull' to who called docker. */
void wording_hints(struct strbuf *out, const struct front *front, const char *text);
