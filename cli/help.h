/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/help.h - help, made from the command tables and option rows.
 *
 * Lines are at most @width columns wide, but for single words that are longer.
 */
#pragma once

#include <stddef.h>

struct command;
struct front;
struct strbuf;

/* Of one command or noun; @path is what was typed for it: "coracle image ls". */
void help_of_command(struct strbuf *out, const char *path, const struct command *command,
		     size_t width);
/* The first screen: what most people need, and the names of the rest. */
void help_of_front(struct strbuf *out, const struct front *front, size_t width);
/* All commands with their verbs, and the options before them. */
void help_of_all(struct strbuf *out, const struct front *front, size_t width);

/* The same on stdout, as wide as the terminal. */
void help_command(const char *path, const struct command *command);
void help_front(const struct front *front);
void help_all(const struct front *front);
