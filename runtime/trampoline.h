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

/* Where the program finds its sockets, and what it executes, behind those descriptors that are the
 * container's program's (0 to 2, and what is preserved). */
enum trampoline_place {
	TRAMPOLINE_SYNC,     /* the sync socket */
	TRAMPOLINE_REAPER,   /* with IS_REAPER: what it executes in place of PATH */
	TRAMPOLINE_LISTENER, /* with LISTENS: where SYNC_GO comes from */
	TRAMPOLINE_PROC,     /* with HAS_LABEL: a procfs in which this process has a name */
	TRAMPOLINE_PLACES
};

/* Its first argument is one character, '@' and these bits, and the number of TRAMPOLINE_SYNC. It
 * says SYNC_READY (or SYNC_CHILD), waits for SYNC_GO and executes. On failure it writes the
 * negative errno to the socket that this came from and exits with 127. */
enum trampoline_flag {
	/* Becomes a process of the pid namespace that children get (a brother; this one ends), in a
	 * session of its own: SYNC_CHILD. */
	TRAMPOLINE_ENTERS = 1,
	TRAMPOLINE_HAS_TERMINAL = 2, /* descriptor 0 becomes the controlling one */
	TRAMPOLINE_IS_REAPER = 4,
	/* After SYNC_KEEP it lets go of the sync socket: SYNC_GO comes from who connects. */
	TRAMPOLINE_LISTENS = 8,
	/* SELinux's label of the program stands before its arguments. It is set first of all: its
	 * own execve would be the one that it is for, and the procfs is the host's. */
	TRAMPOLINE_HAS_LABEL = 16,
};

/* A sealed memory file with the program, or -1 (errno). */
int trampoline_open(void);
struct trampoline_way {
	int trampoline_fd;
	int flags;
	int sync_fd;	   /* TRAMPOLINE_SYNC; the other places follow it */
	const char *label; /* with TRAMPOLINE_HAS_LABEL */
};

/* Executes @path with args and env by way of it, or without it where that cannot be. Returns only
 * when the first execve failed. */
void trampoline_exec(const struct trampoline_way *way, const char *path, char **args,
		     char *const *env);
