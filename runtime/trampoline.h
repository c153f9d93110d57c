/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runtime/trampoline.h - what a clone of ours becomes before it is a container's process.
 *
 * A clone has our executable as its /proc/self/exe, our memory and our command line. An image whose
 * entry point is "#!/proc/self/exe" would run our binary inside, and whoever opens /proc/PID/exe
 * then could write to it (CVE-2019-5736); a neighbour in the pid namespace can read the command
 * line, and with CAP_SYS_PTRACE the memory. Therefore it first becomes a program of a few hundred
 * bytes (runtime/trampoline/trampoline.c) out of a sealed memory file, which knows nothing, which
 * enters a pid namespace in its place, and which waits there until it is to go.
 */
#pragma once

/* Where the program finds the sync socket and, with IS_REAPER, what it executes in place of PATH.
 */
#define TRAMPOLINE_SYNC_FD   3
#define TRAMPOLINE_REAPER_FD 4

/* Its first argument is one character: '@' and these bits. It says SYNC_READY (or SYNC_CHILD),
 * waits for SYNC_GO and executes. On failure it writes the negative errno to the socket and exits
 * with 127. */
enum trampoline_flag {
	/* Becomes a process of the pid namespace that children get (a brother; this one ends), in a
	 * session of its own: SYNC_CHILD. */
	TRAMPOLINE_ENTERS = 1,
	TRAMPOLINE_HAS_TERMINAL = 2, /* descriptor 0 becomes the controlling one */
	TRAMPOLINE_IS_REAPER = 4,
};

/* A sealed memory file with the program, or -1 (errno). */
int trampoline_open(void);
/* Executes @path with args and env by way of it, or without it where that cannot be. Returns only
 * when the first execve failed. */
void trampoline_exec(int trampoline_fd, int flags, const char *path, char **args, char *const *env);
