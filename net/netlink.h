/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net/netlink.h - rtnetlink in three verbs: a batch with acknowledgements, a dump, a message.
 *
 * Messages are libnl's. A batch is one sendmsg: the kernel handles its messages in order and goes
 * on after a failed one, so every message of a batch must make sense alone.
 */
#pragma once

#include <linux/netlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stddef.h>
#include <stdint.h>

struct error;

struct netlink {
	int fd;
	uint32_t sequence;
};

#define auto_netlink __attribute__((cleanup(netlink_close)))

/* In the network namespace of the caller; the socket stays there. */
int netlink_open(struct netlink *netlink, struct error *err);
/* A zeroed or closed one is fine. */
void netlink_close(struct netlink *netlink);

/* A request with @header (struct ifinfomsg, ...) as its fixed part. */
struct nl_msg *netlink_message(int type, int flags, const void *header, size_t size);

/* Messages waiting for netlink_commit. */
struct netlink_batch {
	struct nl_msg *messages[16];
	char what[16][96]; /* "cannot ..." for the error text */
	size_t count;
};

/* Adds a message (and owns it); @what completes "cannot ...". */
void netlink_add(struct netlink_batch *batch, struct nl_msg *message, const char *what, ...)
	__attribute__((format(printf, 3, 4)));
/* Sends all and waits for all. The first error is reported with the kernel's errno as its code.
 * The batch is empty afterwards. */
int netlink_commit(struct netlink *netlink, struct netlink_batch *batch, struct error *err);

typedef void netlink_visit(struct nlmsghdr *header, void *data);

/* Sends @message (and frees it) as a dump request and shows every answer. */
int netlink_dump(struct netlink *netlink, struct nl_msg *message, netlink_visit *visit, void *data,
		 struct error *err);
