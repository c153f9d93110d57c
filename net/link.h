/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net/link.h - network interfaces: messages that change them, and a list of what is there.
 */
#pragma once

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

#include "net/netlink.h"

struct arena;

struct link_info {
	char name[IFNAMSIZ];
	unsigned index, mtu;
};

/* 0 when there is no such interface in the caller's namespace. */
unsigned link_index(const char *name);
/* The same in the namespace of @netlink. */
unsigned link_index_in(const struct netlink *netlink, const char *name);
/* False when there is no such interface there. */
bool link_mac_in(const struct netlink *netlink, const char *name, uint8_t mac[6]);
/* RTM_NEWLINK for an interface that exists, by its name. */
struct nl_msg *link_change(const char *name, bool is_up);
void link_add_up(struct netlink_batch *batch, unsigned index);
void link_add_delete(struct netlink_batch *batch, const char *name);
/* Deletes many interfaces in one go, for which the kernel waits only once for its readers: they
 * join one interface group, and the group is deleted. Missing ones are fine. */
int link_delete_all(struct netlink *netlink, char *const *names, size_t count, struct error *err);
struct links {
	struct link_info *items;
	size_t count;
};

/* Ports of the bridge @master, or with 0 all interfaces. */
int link_list(struct netlink *netlink, unsigned master, struct links *links, struct arena *arena,
	      struct error *err);
/* "02:42:ac:12:00:02" <-> six bytes. */
bool link_parse_mac(uint8_t mac[6], const char *text);
char *link_format_mac(char out[18], const uint8_t mac[6]);
/* An interface name that the kernel and /proc/sys/net take. */
bool link_is_name(const char *name);
