/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/transport/reply.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "registry/text.h"
#include "registry/transport/transport.h"

#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>

#define WARNINGS 16

void reply_flush(struct transport *transport)
{
	size_t sent = 0;

	while (sent < transport->outbox_count &&
	       wire_send(WIRE_SOCKET_FD, &transport->outbox[sent], sizeof(struct wire_reply), -1,
			 MSG_DONTWAIT) == 0)
		sent++;
	if (sent == 0)
		return;
	transport->outbox_count -= sent;
	memmove(transport->outbox, transport->outbox + sent,
		transport->outbox_count * sizeof(*transport->outbox));
}

/* At most WIRE_REQUESTS final replies can wait, since the command starts no more before it has
 * read some. */
void reply_send(struct transport *transport, const struct wire_reply *reply)
{
	bool is_final = reply->kind == WIRE_DONE || reply->kind == WIRE_FAILED;
	struct wire_reply message = *reply;

	message.magic = WIRE_MAGIC;
	reply_flush(transport);
	if (transport->outbox_count == 0 &&
	    wire_send(WIRE_SOCKET_FD, &message, sizeof(message), -1, MSG_DONTWAIT) == 0)
		return;
	if (!is_final && (reply->kind == WIRE_PROGRESS || transport->outbox_count >= WARNINGS))
		return;
	transport->outbox = alloc_resize(transport->outbox, transport->outbox_count + 1,
					 sizeof(*transport->outbox));
	transport->outbox[transport->outbox_count++] = message;
}

void reply_warn(struct transport *transport, const char *format, ...)
{
	struct wire_reply reply = {.kind = WIRE_WARNING};
	auto_free char *text = NULL;
	va_list args;

	va_start(args, format);
	text = alloc_vformat(format, args);
	va_end(args);
	text_copy(reply.text, sizeof(reply.text), text, strlen(text));
	reply_send(transport, &reply);
}
