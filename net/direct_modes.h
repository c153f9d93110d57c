/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net/direct_modes.h - what the drivers macvlan and ipvlan can be told; pure.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct network;
struct network_options;

struct direct_mode {
	const char *driver, *name;
	uint32_t value; /* the kernel's, of linux/if_link.h */
};

bool direct_is(const struct network *network);
/* What the driver options of such a network may be; NULL, or what is wrong with them. */
const char *direct_check(const struct network *network, const struct network_options *options);
/* NULL: the driver has none of that name. */
const struct direct_mode *direct_find_mode(const struct network *network,
					   const struct network_options *options);
const struct direct_mode *direct_find_flag(const struct network *network,
					   const struct network_options *options);
