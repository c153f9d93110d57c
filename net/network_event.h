/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net/network_event.h - what happens to a network, told with the attributes of Docker's events.
 */
#pragma once

#include "net/network.h"

/* @container_id NULL: about the network alone. */
void network_event(const struct network *network, const char *action, const char *container_id);
