/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net/responder_wire.h - what a monitor and its responder say to each other.
 *
 * One message is one packet of a socket that the responder finds as descriptor 3, with descriptors
 * beside it. First the monitor says everything that it has to say, then the responder asks: each
 * question has an answer of the same kind, number and type.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "net/cidr.h"
#include "net/dns_upstream.h"

struct error;

#define RESPONDER_FD 3
/* With the argument RESPONDER_INSIDE: the network namespace that it is to live in. */
#define RESPONDER_NAMESPACE_FD 4
#define RESPONDER_INSIDE       "inside"
#define RESPONDER_FD_LIMIT     2 /* in one message */

enum responder_kind {
	/* Said by the monitor. */
	RESPONDER_QUESTIONS, /* the sockets of questions, UDP and TCP; text: the project or "" */
	RESPONDER_NETWORK,   /* text: the name; in lookup order */
	RESPONDER_LINK,	     /* text: "ALIAS=TARGET" */
	RESPONDER_RELAY,     /* a socket, and where what comes to it belongs */
	RESPONDER_BEGIN,     /* that was all */
	/* Asked by the responder. */
	RESPONDER_TABLE,   /* of network @number: its table's descriptor, if there is one */
	RESPONDER_SERVERS, /* upstreams; also said by the monitor */
	RESPONDER_SOCKET,  /* to upstream @number, of @type: its descriptor, if there is one */
	RESPONDER_FAILED,  /* text: why it cannot go on; no answer */
};

struct responder_message {
	uint32_t kind, number;
	int32_t type;
	union {
		char text[600];
		struct dns_upstreams upstreams;
		struct {
			struct cidr target;
			uint16_t port;
			bool is_tcp;
		} relay;
	};
};

/* Sends without waiting. -1 with errno. */
int responder_wire_send(int fd, const struct responder_message *message, const int *fds,
			size_t count);
/* Receives without waiting: 1 with a message and its descriptors (-1 for those that are not there);
 * 0 when none is there; -1 when the other side has gone or says what is no message. */
int responder_wire_receive(int fd, struct responder_message *message, int fds[RESPONDER_FD_LIMIT]);
