/* SPDX-License-Identifier: Apache-2.0 */
/*
 * builder/build_message.h - door: events of a build as messages of a socket that keeps their
 * boundaries.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct build_event;

#define BUILD_MESSAGE_ROOM ((size_t)112 * 1024)

/* The event behind @head (any bytes that say what this is); long output becomes several. Nobody
 * there to hear it is fine. */
void build_message_send(int fd, const void *head, size_t head_length,
			const struct build_event *event);
/* The event in what stands behind the head. false: it is none. Texts stay in @bytes. */
bool build_message_read(struct build_event *event, char *bytes, size_t length);
