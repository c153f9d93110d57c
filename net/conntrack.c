/* SPDX-License-Identifier: Apache-2.0 */
#include "net/conntrack.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/strbuf.h"

#define BUFFER_SIZE 32768

/* Bits of CTA_FILTER_ORIG_FLAGS, which the kernel's public headers leave out (Linux 5.8). */
#define FILTER_PROTOCOL	   (1U << 3)
#define FILTER_TARGET_PORT (1U << 5)

struct search {
	uint8_t protocol;
	uint16_t port;		 /* 0: several */
	bool *wanted;		 /* by number, as on the wire */
	struct strbuf deletions; /* complete messages, one behind the other */
};

static struct nlmsghdr *start(void *buffer, uint16_t type, uint16_t flags, uint8_t family)
{
	struct nlmsghdr *header = mnl_nlmsg_put_header(buffer);
	struct nfgenmsg *generic;

	header->nlmsg_type = (uint16_t)(NFNL_SUBSYS_CTNETLINK << 8 | type);
	header->nlmsg_flags = NLM_F_REQUEST | flags;
	generic = mnl_nlmsg_put_extra_header(header, sizeof(*generic));
	generic->nfgen_family = family;
	return header;
}

static void put_tuple(struct nlmsghdr *header, const struct search *search)
{
	struct nlattr *tuple = mnl_attr_nest_start(header, CTA_TUPLE_ORIG);
	struct nlattr *protocol = mnl_attr_nest_start(header, CTA_TUPLE_PROTO);

	mnl_attr_put_u8(header, CTA_PROTO_NUM, search->protocol);
	mnl_attr_put_u16(header, CTA_PROTO_DST_PORT, search->port);
	mnl_attr_nest_end(header, protocol);
	mnl_attr_nest_end(header, tuple);
}

static const struct nlattr *find(const struct nlattr *nest, uint16_t type)
{
	const struct nlattr *attribute;

	mnl_attr_for_each_nested(attribute,
				 nest) if (mnl_attr_get_type(attribute) == type) return attribute;
	return NULL;
}

/* The kernel has filtered if it knows how; older ones show everything. */
static bool is_wanted(const struct nlattr *tuple, const struct search *search)
{
	const struct nlattr *protocol = find(tuple, CTA_TUPLE_PROTO);
	const struct nlattr *number = protocol ? find(protocol, CTA_PROTO_NUM) : NULL;
	const struct nlattr *port = protocol ? find(protocol, CTA_PROTO_DST_PORT) : NULL;

	return number && port && mnl_attr_get_u8(number) == search->protocol &&
	       search->wanted[mnl_attr_get_u16(port)];
}

static void note_flow(const struct nlmsghdr *flow, struct search *search)
{
	const struct nfgenmsg *generic = mnl_nlmsg_get_payload(flow);
	const struct nlattr *attribute, *tuple = NULL, *id = NULL;
	struct nlmsghdr *header;

	mnl_attr_for_each(attribute, flow, sizeof(*generic))
	{
		if (mnl_attr_get_type(attribute) == CTA_TUPLE_ORIG)
			tuple = attribute;
		if (mnl_attr_get_type(attribute) == CTA_ID)
			id = attribute;
	}
	if (!tuple || !id || !is_wanted(tuple, search))
		return;
	header = start(strbuf_reserve(&search->deletions, 1024), IPCTNL_MSG_CT_DELETE, 0,
		       generic->nfgen_family);
	mnl_attr_put(header, CTA_TUPLE_ORIG | NLA_F_NESTED, mnl_attr_get_payload_len(tuple),
		     mnl_attr_get_payload(tuple));
	mnl_attr_put_u32(header, CTA_ID, mnl_attr_get_u32(id));
	search->deletions.length += MNL_ALIGN(header->nlmsg_len);
}

static void dump(int fd, char *buffer, uint8_t family, struct search *search)
{
	struct nlmsghdr *header = start(buffer, IPCTNL_MSG_CT_GET, NLM_F_DUMP, family);
	struct nlattr *filter;
	bool done;

	put_tuple(header, search);
	filter = mnl_attr_nest_start(header, CTA_FILTER);
	mnl_attr_put_u32(header, CTA_FILTER_ORIG_FLAGS,
			 FILTER_PROTOCOL | (search->port ? FILTER_TARGET_PORT : 0));
	mnl_attr_nest_end(header, filter);
	done = send(fd, header, header->nlmsg_len, 0) < 0;
	while (!done) {
		int left = (int)recv(fd, buffer, BUFFER_SIZE, 0);

		if (left < 0 && errno == EINTR)
			continue;
		done = left <= 0;
		for (header = (void *)buffer; mnl_nlmsg_ok(header, left);
		     header = mnl_nlmsg_next(header, &left)) {
			if (header->nlmsg_type == NLMSG_DONE || header->nlmsg_type == NLMSG_ERROR)
				done = true;
			else
				note_flow(header, search);
		}
	}
}

void conntrack_flush_ports(uint8_t protocol, const uint16_t *ports, size_t count)
{
	auto_close int fd = -1;
	auto_free char *buffer = NULL;
	auto_free bool *wanted = NULL;
	struct search search = {.protocol = protocol, .port = count == 1 ? htons(ports[0]) : 0};

	if (count == 0)
		return;
	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
	if (fd < 0)
		return;
	buffer = alloc_bytes(BUFFER_SIZE);
	search.wanted = wanted = alloc_zeroed(UINT16_MAX + 1, sizeof(*wanted));
	for (size_t i = 0; i < count; i++)
		wanted[htons(ports[i])] = true;
	dump(fd, buffer, AF_INET, &search);
	dump(fd, buffer, AF_INET6, &search);
	/* A flow that has gone meanwhile gives an error that nobody has to read. */
	if (search.deletions.length > 0 &&
	    send(fd, search.deletions.text, search.deletions.length, 0) < 0)
		errno = 0;
	strbuf_release(&search.deletions);
}
