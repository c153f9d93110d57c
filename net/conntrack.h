/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net/conntrack.h - makes the kernel forget flows.
 *
 * A UDP flow that began before a port was published, or that went to a container which has gone,
 * would go on as it was for as long as packets come: address translation looks at the first packet
 * only.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Best effort: forgets flows of @protocol to these ports of this host. One look at all flows,
 * however many ports. */
void conntrack_flush_ports(uint8_t protocol, const uint16_t *ports, size_t count);
