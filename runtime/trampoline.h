/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runtime/trampoline.h - the last step before the container's program: see trampoline.c.
 */
#pragma once

/* A sealed memory file with the program, or -1 where there is none for this machine (errno). */
int trampoline_open(void);
/* Executes @path with args and env by way of it. Descriptor 3 must be the sync socket; on failure
 * of the second execve the trampoline writes the negative errno to it and exits with 127. Returns
 * only when the first execve failed. */
void trampoline_exec(int trampoline_fd, const char *path, char **args, char *const *env);
