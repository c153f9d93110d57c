/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net/conntrack.h - makes the kernel forget flows.
 *
 * A UDP flow that began before a port was published, or that went to a container which has gone,
 * would go on as it was for as long as packets come: address translation looks at the first packet
 * only.
 */
#pragma once

#include <stdint.h>

/* Best effort: forgets flows of @protocol to the port @port of this host. */
void conntrack_flush_port(uint8_t protocol, uint16_t port);
