/* SPDX-License-Identifier: Apache-2.0 */
/*
 * registry/wire.h - the words between the command and its transport.
 *
 * One SOCK_SEQPACKET socket; each message is one struct of fixed size, both ends are the same
 * build. The command asks (a descriptor may travel with the request: what to write to or read
 * from), the transport replies. What the command receives is hostile input: the transport parses
 * the network. So a reply carries no descriptor, all of its members are checked, and its texts are
 * cleaned.
 */
#pragma once

#include "base/digest.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;

#define WIRE_MAGIC 0x434f5231U
/* Descriptors that the transport begins with. */
#define WIRE_SOCKET_FD	 3
#define WIRE_SETTINGS_FD 4
/* Requests without a final reply that a transport holds at most. */
#define WIRE_REQUESTS  64
#define WIRE_NAME_SIZE 256
#define WIRE_TEXT_SIZE 960

enum wire_request_kind {
	WIRE_GET_MANIFEST, /* writes the document to the descriptor, from its beginning */
	WIRE_HEAD_MANIFEST,
	WIRE_FETCH_BLOB, /* writes to the descriptor */
	WIRE_SEND_BLOB,	 /* reads from it, by position */
	WIRE_HAS_BLOB,
	WIRE_MOUNT_BLOB,
	WIRE_PUT_MANIFEST, /* reads @size bytes from the descriptor */
	WIRE_CHECK_LOGIN,  /* writes the identity token to the descriptor */
	WIRE_GET_URL,	   /* writes at most @size bytes of the endpoint itself, by position; with
			    * @media_type only if its validator is another */
	WIRE_LIST_TAGS,	   /* behind @reference, which may be empty; writes the document */
	WIRE_REQUEST_KINDS,
};

struct wire_request {
	uint32_t magic, kind, id, reserved;
	int64_t size, offset;
	char hex[DIGEST_HEX_SIZE + 7]; /* of a blob, or "" */
	char reference[WIRE_NAME_SIZE];
	char media_type[WIRE_NAME_SIZE];
};

enum wire_reply_kind {
	WIRE_PROGRESS, /* bytes so far; with a text: why it is tried again from there */
	WIRE_DONE,     /* the last of a request */
	WIRE_FAILED,   /* the same */
	WIRE_WARNING,  /* for the user; of no request */
	WIRE_REPLY_KINDS,
};

struct wire_reply {
	uint32_t magic, kind, id;
	int32_t code;		       /* FAILED: errno or one of enum error_code */
	int64_t bytes;		       /* transferred, or the length of the document */
	int64_t answer;		       /* has, mount: 0 or 1; GET_URL: 1: the validator is right */
	char hex[DIGEST_HEX_SIZE + 7]; /* HEAD_MANIFEST */
	char media_type[WIRE_NAME_SIZE]; /* GET_URL: validator, "W/…" when it is a weak one */
	char text[WIRE_TEXT_SIZE]; /* FAILED, WARNING, PROGRESS; GET_URL: name of the file or "" */
	int64_t modified_s;	   /* GET_URL: Last-Modified, since the epoch; -1: not said */
};

/* Checks what came and copies it. -1 with ERROR_INVALID: the other side is broken or hostile. */
int wire_parse_request(struct wire_request *request, const void *bytes, size_t length,
		       struct error *err);
int wire_parse_reply(struct wire_reply *reply, const void *bytes, size_t length, struct error *err);
/* Sends one message, with @passed_fd unless it is -1. -1 with errno. */
int wire_send(int socket_fd, const void *bytes, size_t length, int passed_fd, int flags);
/* Receives a request and the descriptor in it (or -1). 1: one is there, 0: none (again with
 * MSG_DONTWAIT, or the other end has closed: then @closed). -1: broken. */
int wire_receive_request(int socket_fd, struct wire_request *request, int *passed_fd, bool *closed,
			 struct error *err);
