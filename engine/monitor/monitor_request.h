/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine/monitor/monitor_request.h - what clients ask of a monitor. It stands above all its other
 * parts: main gives it to the control socket.
 */
#pragma once

#include "engine/monitor/monitor_client.h"

/* Does what one message asks for, and answers or lets the client wait. */
void monitor_request(struct monitor_client *client, const struct control_message *message,
		     size_t length);
