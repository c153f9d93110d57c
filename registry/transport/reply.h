/* SPDX-License-Identifier: Apache-2.0 */
/*
 * registry/transport/reply.h - what the transport says to the command that started it.
 */
#pragma once

struct transport;
struct wire_reply;

/* Sends, or keeps for later; progress and warnings are dropped when the command does not listen. */
void reply_send(struct transport *transport, const struct wire_reply *reply);
void reply_warn(struct transport *transport, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* Sends what was kept, in its order, as far as the socket takes it. */
void reply_flush(struct transport *transport);
