/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine/control.h - what a command and a container's monitor say to each other.
 *
 * A SOCK_SEQPACKET socket, RUN/containers/ID/control; one message is one packet: the header, then
 * up to CONTROL_DATA_SIZE bytes. Only root reaches it (0700 directories).
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct error;

enum control_op {
	/* command to monitor */
	CONTROL_STOP,	 /* value: signal, number: grace in ms; data "batch": the caller detaches */
	CONTROL_RESTART, /* the same, then start again */
	CONTROL_KILL,	 /* value: signal; answered after the end that comes of it, if one does */
	CONTROL_PAUSE,	 /* value: 1 freezes, 0 thaws */
	CONTROL_ATTACH,	 /* output follows; value, number: as for resize, or 0; data "input": the
			    container's input ends with this connection; "nothing": neither
			    output nor an event comes of it, a start that waits goes on */
	CONTROL_STDIN,	 /* data; empty: end of input */
	CONTROL_RESIZE,	 /* value: rows, number: columns */
	/* monitor to command */
	CONTROL_DONE,	/* value: 0 or an error code, number: its fact, data: its text */
	CONTROL_STDOUT, /* data */
	CONTROL_STDERR, /* data */
	CONTROL_EXITED, /* value: exit code; the connection ends */
	/* command to monitor again */
	CONTROL_SAVE,	/* the container's descriptions were damaged: write them anew */
	CONTROL_RELOAD, /* its description has changed: read it again */
};

#define CONTROL_DATA_SIZE 32768

struct control_message {
	uint32_t op;
	int32_t value;
	int64_t number;
	char data[CONTROL_DATA_SIZE];
};

#define CONTROL_HEADER_SIZE offsetof(struct control_message, data)

/* Listens at run_fd/control; replaces a socket that a killed monitor left. */
int control_listen(int run_fd, struct error *err);
/* ENOENT or ECONNREFUSED in @err: no monitor. */
int control_connect(int run_fd, struct error *err);
int control_send(int fd, const struct control_message *header, const void *data, size_t length,
		 struct error *err);
/* Returns the length of the data, -1 with @err; ECONNRESET when the peer has gone. */
int control_receive(int fd, struct control_message *message, struct error *err);
/* What a CONTROL_DONE of @id's monitor, with @length bytes of data, says: 0, or -1 with the error.
 */
int control_judge(const struct control_message *done, int length, const char *id,
		  struct error *err);
