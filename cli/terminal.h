/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/terminal.h - the user's terminal, left as it was found.
 *
 * Relaying a container's terminal puts ours into raw mode (the engine does so and undoes it). This
 * is the net below: whatever way the process ends short of SIGKILL, the settings that were there at
 * the start come back.
 */
#pragma once

#include <stddef.h>

struct error;

/* Remembers the settings and restores them at exit and when SIGINT, SIGTERM, SIGHUP or SIGQUIT end
 * the process; SIGINT and SIGTERM then give exit code 130. Ignored signals stay ignored. */
void terminal_guard(void);
/* For work that has to undo what it has begun: from now on the first SIGINT or SIGTERM only makes
 * the descriptor readable that is returned (not to be closed); the next one ends the process. */
int terminal_catch(struct error *err);
/* They end the process again. */
void terminal_uncatch(void);
/* Rows and columns of @fd; 24 x 80 when it does not know. */
void terminal_size(int fd, size_t *rows, size_t *columns);
