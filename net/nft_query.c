/* SPDX-License-Identifier: Apache-2.0 */
#include "net/nft_query.h"

#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "net/nft_private.h"

#define ATTRIBUTES 32 /* none that is read here has a higher number */

static int open_asking(struct error *err)
{
	struct sockaddr_nl local = {.nl_family = AF_NETLINK};
	auto_close int fd = nft_open(err);

	if (fd >= 0 && bind(fd, (struct sockaddr *)&local, sizeof(local)) < 0)
		return error_errno(err, "cannot bind a netfilter socket");
	return take_fd(&fd);
}

static struct nlmsghdr *question(void *room, uint16_t type, uint16_t flags, uint8_t family)
{
	return nft_put_header(room, (uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | type), flags, family, 0);
}

int nft_has_element(uint8_t family, const char *table, const char *set,
		    const struct nft_element *element, struct error *err)
{
	auto_close int fd = open_asking(err);
	auto_free char *buffer = alloc_bytes(NFT_MESSAGE_ROOM);
	struct nlmsghdr *header;
	ssize_t n;

	if (fd < 0)
		return -1;
	header = question(buffer, NFT_MSG_GETSETELEM, NLM_F_ACK, family);
	nft_put_elements(header, table, set, element, 1);
	if (send(fd, header, header->nlmsg_len, 0) < 0 ||
	    (n = nft_receive(fd, buffer, NFT_MESSAGE_ROOM, 0)) < 0)
		return error_errno(err, "cannot ask for an element of the table '%s'", table);
	if (n < (ssize_t)sizeof(*header) || header->nlmsg_type != NLMSG_ERROR)
		return 1;
	return ((struct nlmsgerr *)mnl_nlmsg_get_payload(header))->error == 0;
}

/* ---- lists ---- */

struct asking {
	uint16_t answer; /* NFT_MSG_NEW… */
	void (*take)(struct nlattr *const *attributes, struct asking *asking);
	nft_visit *visit;
	void *data;
};

static int note_attribute(const struct nlattr *attribute, void *data)
{
	struct nlattr const **attributes = data;

	if (mnl_attr_get_type(attribute) < ATTRIBUTES)
		attributes[mnl_attr_get_type(attribute)] = attribute;
	return MNL_CB_OK;
}

static const char *text_of(const struct nlattr *attribute)
{
	return attribute ? mnl_attr_get_str(attribute) : NULL;
}

static uint32_t number_of(const struct nlattr *attribute, uint32_t otherwise)
{
	return attribute ? ntohl(mnl_attr_get_u32(attribute)) : otherwise;
}

/* One datagram of answers. Returns 1 after the last, 0 when more come, -1 with errno. */
static int take_answers(void *buffer, int left, struct asking *asking)
{
	for (struct nlmsghdr *header = buffer; mnl_nlmsg_ok(header, left);
	     header = mnl_nlmsg_next(header, &left)) {
		struct nlattr *attributes[ATTRIBUTES] = {0};

		errno = header->nlmsg_flags & NLM_F_DUMP_INTR ? EINTR : 0;
		if (header->nlmsg_type == NLMSG_ERROR)
			errno = -((struct nlmsgerr *)mnl_nlmsg_get_payload(header))->error;
		if (errno)
			return -1;
		if (header->nlmsg_type == NLMSG_DONE || header->nlmsg_type == NLMSG_ERROR)
			return 1;
		if (header->nlmsg_type != (NFNL_SUBSYS_NFTABLES << 8 | asking->answer))
			continue;
		mnl_attr_parse(header, sizeof(struct nfgenmsg), note_attribute, attributes);
		asking->take(attributes, asking);
	}
	return 0;
}

static int ask(const struct nlmsghdr *header, struct asking *asking, struct error *err)
{
	auto_close int fd = open_asking(err);
	auto_free char *buffer = alloc_bytes(NFT_MESSAGE_ROOM);
	int result = 0;

	if (fd < 0)
		return -1;
	if (send(fd, header, header->nlmsg_len, 0) < 0)
		result = -1;
	while (result == 0) {
		ssize_t n = nft_receive(fd, buffer, NFT_MESSAGE_ROOM, 0);

		result = n < 0 ? -1 : n == 0 ? 1 : take_answers(buffer, (int)n, asking);
	}
	return result < 0 ? error_errno(err, "cannot read the nftables ruleset") : 0;
}

static void take_table(struct nlattr *const *attributes, struct asking *asking)
{
	const struct nft_object table = {
		.table = text_of(attributes[NFTA_TABLE_NAME]),
		.flags = number_of(attributes[NFTA_TABLE_FLAGS], 0),
	};

	if (table.table)
		asking->visit(&table, asking->data);
}

int nft_list_tables(uint8_t family, nft_visit *visit, void *data, struct error *err)
{
	struct asking asking = {NFT_MSG_NEWTABLE, take_table, visit, data};
	char room[MNL_NLMSG_HDRLEN + sizeof(struct nfgenmsg)];

	return ask(question(room, NFT_MSG_GETTABLE, NLM_F_DUMP, family), &asking, err);
}

static void take_chain(struct nlattr *const *attributes, struct asking *asking)
{
	struct nlattr *hook[ATTRIBUTES] = {0};
	struct nft_object chain = {
		.table = text_of(attributes[NFTA_CHAIN_TABLE]),
		.chain = text_of(attributes[NFTA_CHAIN_NAME]),
		.policy = number_of(attributes[NFTA_CHAIN_POLICY], NF_ACCEPT),
	};

	if (attributes[NFTA_CHAIN_HOOK])
		mnl_attr_parse_nested(attributes[NFTA_CHAIN_HOOK], note_attribute, hook);
	chain.hook = number_of(hook[NFTA_HOOK_HOOKNUM], UINT32_MAX);
	if (chain.table && chain.chain)
		asking->visit(&chain, asking->data);
}

int nft_list_chains(uint8_t family, nft_visit *visit, void *data, struct error *err)
{
	struct asking asking = {NFT_MSG_NEWCHAIN, take_chain, visit, data};
	char room[MNL_NLMSG_HDRLEN + sizeof(struct nfgenmsg)];

	return ask(question(room, NFT_MSG_GETCHAIN, NLM_F_DUMP, family), &asking, err);
}

static int32_t verdict_of(const struct nlattr *immediate)
{
	struct nlattr *parts[ATTRIBUTES] = {0}, *data[ATTRIBUTES] = {0}, *verdict[ATTRIBUTES] = {0};

	mnl_attr_parse_nested(immediate, note_attribute, parts);
	if (parts[NFTA_IMMEDIATE_DATA])
		mnl_attr_parse_nested(parts[NFTA_IMMEDIATE_DATA], note_attribute, data);
	if (data[NFTA_DATA_VERDICT])
		mnl_attr_parse_nested(data[NFTA_DATA_VERDICT], note_attribute, verdict);
	return (int32_t)number_of(verdict[NFTA_VERDICT_CODE], NF_ACCEPT);
}

/* As iptables writes `-j RETURN`: a counter and the verdict. */
static bool is_return(const struct nlattr *expressions)
{
	const struct nlattr *item;
	int32_t verdict = NF_ACCEPT;

	if (!expressions)
		return false;
	mnl_attr_for_each_nested(item, expressions)
	{
		struct nlattr *parts[ATTRIBUTES] = {0};
		const char *name;

		mnl_attr_parse_nested(item, note_attribute, parts);
		name = text_of(parts[NFTA_EXPR_NAME]);
		if (!name || (strcmp(name, "counter") != 0 && strcmp(name, "immediate") != 0))
			return false;
		if (strcmp(name, "immediate") == 0 && parts[NFTA_EXPR_DATA])
			verdict = verdict_of(parts[NFTA_EXPR_DATA]);
	}
	return verdict == NFT_RETURN;
}

static void take_rule(struct nlattr *const *attributes, struct asking *asking)
{
	const struct nlattr *note = attributes[NFTA_RULE_USERDATA];
	struct nft_object rule = {
		.table = text_of(attributes[NFTA_RULE_TABLE]),
		.chain = text_of(attributes[NFTA_RULE_CHAIN]),
		.is_return = is_return(attributes[NFTA_RULE_EXPRESSIONS]),
	};

	if (note && mnl_attr_get_payload_len(note) == sizeof(*rule.note))
		rule.note = mnl_attr_get_payload(note);
	if (attributes[NFTA_RULE_HANDLE])
		rule.handle = be64toh(mnl_attr_get_u64(attributes[NFTA_RULE_HANDLE]));
	if (rule.table && rule.chain)
		asking->visit(&rule, asking->data);
}

int nft_list_rules(uint8_t family, const char *table, nft_visit *visit, void *data,
		   struct error *err)
{
	struct asking asking = {NFT_MSG_NEWRULE, take_rule, visit, data};
	char room[256];
	struct nlmsghdr *header = question(room, NFT_MSG_GETRULE, NLM_F_DUMP, family);

	mnl_attr_put_strz(header, NFTA_RULE_TABLE, table);
	return ask(header, &asking, err);
}

/* The bytes of a value in its nest. */
static uint8_t copy_value(uint8_t *out, size_t size, const struct nlattr *nest)
{
	struct nlattr *data[ATTRIBUTES] = {0};
	size_t length;

	if (nest)
		mnl_attr_parse_nested(nest, note_attribute, data);
	if (!data[NFTA_DATA_VALUE])
		return 0;
	length = mnl_attr_get_payload_len(data[NFTA_DATA_VALUE]);
	length = length < size ? length : size;
	memcpy(out, mnl_attr_get_payload(data[NFTA_DATA_VALUE]), length);
	return (uint8_t)length;
}

static void take_element(const struct nlattr *item, struct nft_elements *elements)
{
	struct nlattr *parts[ATTRIBUTES] = {0};
	struct nft_element *element;

	elements->items = arena_grow(elements->arena, elements->items, elements->count,
				     sizeof(*elements->items));
	element = &elements->items[elements->count++];
	*element = (struct nft_element){0};
	mnl_attr_parse_nested(item, note_attribute, parts);
	element->key_length =
		copy_value(element->key, sizeof(element->key), parts[NFTA_SET_ELEM_KEY]);
	element->end_length =
		copy_value(element->end, sizeof(element->end), parts[NFTA_SET_ELEM_KEY_END]);
	element->data_length =
		copy_value(element->data, sizeof(element->data), parts[NFTA_SET_ELEM_DATA]);
	element->is_interval_end =
		number_of(parts[NFTA_SET_ELEM_FLAGS], 0) & NFT_SET_ELEM_INTERVAL_END;
}

static void take_elements(struct nlattr *const *attributes, struct asking *asking)
{
	struct nlattr *item;

	if (attributes[NFTA_SET_ELEM_LIST_ELEMENTS])
		mnl_attr_for_each_nested(item, attributes[NFTA_SET_ELEM_LIST_ELEMENTS])
			take_element(item, asking->data);
}

int nft_list_elements(uint8_t family, const char *table, const char *set,
		      struct nft_elements *elements, struct error *err)
{
	struct asking asking = {NFT_MSG_NEWSETELEM, take_elements, NULL, elements};
	char room[256];
	struct nlmsghdr *header = question(room, NFT_MSG_GETSETELEM, NLM_F_DUMP, family);

	mnl_attr_put_strz(header, NFTA_SET_ELEM_LIST_TABLE, table);
	mnl_attr_put_strz(header, NFTA_SET_ELEM_LIST_SET, set);
	return ask(header, &asking, err);
}

struct drop_search {
	const char *own;
	char *name;
	size_t size;
	bool found;
};

static void check_drop(const struct nft_object *chain, void *data)
{
	struct drop_search *search = data;

	if (chain->policy != NF_DROP || chain->hook != NF_INET_FORWARD ||
	    strcmp(chain->table, search->own) == 0)
		return;
	snprintf(search->name, search->size, "%s", chain->table);
	search->found = true;
}

bool nft_find_forward_drop(const char *own, char *name, size_t size)
{
	static const uint8_t families[] = {NFPROTO_INET, NFPROTO_IPV4, NFPROTO_IPV6};
	struct drop_search search = {.own = own, .name = name, .size = size};

	for (size_t i = 0; i < array_length(families); i++)
		nft_list_chains(families[i], check_drop, &search, NULL);
	return search.found;
}
