/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runtime/sync.h - what a parent and the child it clones say to each other until execve.
 *
 * One SOCK_SEQPACKET pair, one record a message. The child's end is close-on-exec: end of file is
 * how the parent learns that execve happened (or that the child was killed).
 *
 *   child                          parent
 *     <--------- SYNC_PLACED         only when clone could not put it into its cgroup
 *     <--------- SYNC_FILTER         the seccomp program, compiled meanwhile; only with seccomp
 *   SYNC_WARNING/TERMINAL -->        any number, at any time
 *   SYNC_MOUNTED ------->            only where there are hooks: all is mounted, the root is still
 *                                  the host's
 *     <--------- SYNC_HOOKED         the parent's hooks have run; what hooks read is passed
 *   SYNC_LISTENER ------>            the filter is on, and this is for its agent; only with one
 *   SYNC_READY --------->            everything is in place
 *   SYNC_CHILD --------->            instead, where another process's pid namespace is joined: the
 *                                  process to go on with; this one ends
 *     <--------- SYNC_KEEP           only with a listening socket: from now on SYNC_GO comes from
 *                                  there, and what follows goes there
 *     <--------- SYNC_GO
 *   SYNC_ERROR --------->            instead of any of the child's: the step's name is in it
 */
#pragma once

#include <linux/filter.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum sync_kind {
	SYNC_END, /* the other side has gone */
	SYNC_PLACED,
	SYNC_FILTER,
	SYNC_WARNING,
	SYNC_TERMINAL,
	SYNC_LISTENER, /* a descriptor passed */
	SYNC_MOUNTED,
	SYNC_HOOKED,
	SYNC_READY,
	SYNC_CHILD, /* its number here, a pidfd passed */
	SYNC_KEEP,
	SYNC_GO,
	SYNC_ERROR,
	SYNC_EXEC_FAILED, /* from the trampoline, which knows no more than an errno */
};

struct sync_child {
	int pid;
	int pidfd;
};

struct sync_message {
	uint32_t kind;
	uint32_t length; /* of the union's bytes; set on receipt */
	union {
		struct error error;
		struct sock_filter filter[BPF_MAXINSNS + 1]; /* the flags, then the code */
		int number;
		char text[1024];
	};
	int fd; /* received with the message, else -1; not on the wire */
};

/* fds[0] is the parent's end. Both are close-on-exec and above 2. */
int sync_open(int fds[2], struct error *err);
/* @passed_fd -1: none. EPIPE in @err when the other side has gone. Waits up to a second for the
 * memory that it takes. */
int sync_send(int fd, enum sync_kind kind, const void *bytes, size_t length, int passed_fd,
	      struct error *err);
/* Waits for one message. SYNC_END is a message like the others. */
int sync_receive(int fd, struct sync_message *message, struct error *err);
/* The child's side: waits for exactly @kind; everything else is an error. */
int sync_expect(int fd, struct sync_message *message, enum sync_kind kind, struct error *err);
/* The parent's side: handles warnings and terminals (into *@terminal_fd) until @kind comes. The
 * child's error, or its death while @what, becomes this function's error. */
int sync_wait(int fd, enum sync_kind kind, int *terminal_fd, const char *what, struct error *err);
/* The same for a message of which only its descriptor counts: that, or -1. */
int sync_wait_fd(int fd, enum sync_kind kind, int *terminal_fd, const char *what,
		 struct error *err);
/* The same for SYNC_CHILD, the one message with content that the parent waits for. Whose pidfd is
 * @sender says it and ends; killed before that, it leaves a process behind that waits with the
 * socket, and there is no end of file: ECHILD. */
int sync_wait_child(int fd, int sender, struct sync_child *child, int *terminal_fd,
		    const char *what, struct error *err);
/* Waits for the end of file that execve makes, at most @timeout_ms. The process belongs to the
 * container already, where another one may have got hold of it: it cannot keep us here, and what it
 * sends can do no more than be printed. */
int sync_wait_end(int fd, int timeout_ms, const char *what, struct error *err);
