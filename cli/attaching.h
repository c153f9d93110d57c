/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/attaching.h - our standard streams at a container's: what attach and start -a share.
 */
#pragma once

#include <stdbool.h>

struct attach_client;
struct container;
struct error;
struct invocation;

/* Our streams into @client; our input when it is wanted and the container has one. ERROR_INVALID
 * when its terminal would not be at one of ours. */
int attaching_fill(struct attach_client *client, const struct container *container, bool has_input,
		   struct error *err);
/* Connects and relays. The exit code: the container's, or what our end makes of it. */
int attaching_run(struct invocation *invocation, struct attach_client *client, struct error *err);
