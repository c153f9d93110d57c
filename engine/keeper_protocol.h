/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine/keeper_protocol.h - between a keeper and the monitor that it guards, on a SOCK_SEQPACKET
 * socket pair. Also the numbers of the keeper's descriptors.
 */
#pragma once

#include <stdint.h>

enum keeper_fd {
	KEEPER_SOCKET_FD = 3,
	KEEPER_TERMINAL_FD, /* the pty's master, */
	KEEPER_STDOUT_FD,   /* or the reading ends of the FIFOs */
	KEEPER_STDERR_FD,
	KEEPER_SIGNAL_FD,
	KEEPER_FD_END,
};

/* Monitor to keeper: this is the run now. The descriptors that come along, terminal or stdout and
 * stderr, replace those held. */
struct keeper_run {
	int32_t pid;
	int32_t has_terminal;
};

/* Keeper to monitor: how a process ended that was orphaned to the keeper. */
struct keeper_end {
	int32_t pid;
	int32_t status; /* as wait(2) tells it */
};
