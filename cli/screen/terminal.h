/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/screen/terminal.h - the user's terminal, left as it was found.
 *
 * Relaying a container's terminal puts ours into raw mode (the engine does so and undoes it). This
 * is the net below: whatever way the process ends short of SIGKILL, the settings that were there at
 * the start come back.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct error;

/* Remembers the settings and restores them at exit and when SIGINT, SIGTERM, SIGHUP or SIGQUIT end
 * the process; SIGINT and SIGTERM then give exit code 130. Ignored signals stay ignored. */
void terminal_guard(void);
/* Written to stderr when SIGINT or SIGTERM end the process. */
void terminal_last_words(const char *text);
/* Not as long as nothing has begun: while something is asked. */
void terminal_hold_last_words(bool hold);
/* For work that has to undo what it has begun: from now on the first SIGINT or SIGTERM only makes
 * the descriptor readable that is returned (not to be closed); the next one ends the process. */
int terminal_catch(struct error *err);
/* They end the process again. */
void terminal_uncatch(void);
/* Keys come one by one and are not shown, but those that make signals make them. Where others have
 * the terminal (while this process is stopped, or in the background), it is as they want it.
 * @stopped is called just before it stops (and may only do what a signal handler may); the
 * descriptor that is returned becomes readable when the terminal is ours again: then
 * terminal_keys_read. */
int terminal_keys_begin(void (*stopped)(void), struct error *err);
/* What was typed; 0: nothing is left, -1: nobody types any more. */
ssize_t terminal_keys_read(char *keys, size_t size);
void terminal_keys_end(void);
/* Is this process one that the terminal belongs to? */
bool terminal_is_ours(void);
/* Can its cursor not be moved? So it is where TERM says "dumb", or nothing. */
bool terminal_is_dumb(void);
/* SIZE_MAX when @fd is no terminal, or one that does not know. */
size_t terminal_columns(int fd);
/* Rows and columns of @fd; 24 x 80 when it does not know. */
void terminal_size(int fd, size_t *rows, size_t *columns);
