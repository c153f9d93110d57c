/* SPDX-License-Identifier: Apache-2.0 */
#include "net/nft.h"

#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "net/nft_private.h"

#define ELEMENTS_AT_ONCE 128
#define TYPE_BITS	 6 /* of a part in the number of a concatenated type */

struct nlmsghdr *nft_put_header(void *room, uint16_t type, uint16_t flags, uint8_t family,
				uint16_t resource)
{
	struct nlmsghdr *header = mnl_nlmsg_put_header(room);
	struct nfgenmsg *generic;

	header->nlmsg_type = type;
	header->nlmsg_flags = NLM_F_REQUEST | flags;
	generic = mnl_nlmsg_put_extra_header(header, sizeof(*generic));
	generic->nfgen_family = family;
	generic->version = NFNETLINK_V0;
	generic->res_id = htons(resource);
	return header;
}

static struct nlmsghdr *message_start(struct nft_batch *batch, uint16_t type, uint16_t flags)
{
	void *room = strbuf_reserve(&batch->bytes, NFT_MESSAGE_ROOM);
	struct nlmsghdr *header = nft_put_header(room, (uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | type),
						 flags, batch->family, 0);

	header->nlmsg_seq = ++batch->sequence;
	return header;
}

static void message_end(struct nft_batch *batch, const struct nlmsghdr *header)
{
	batch->bytes.length += MNL_ALIGN(header->nlmsg_len);
}

static void put_bracket(struct nft_batch *batch, uint16_t type)
{
	void *room = strbuf_reserve(&batch->bytes, NFT_MESSAGE_ROOM);
	struct nlmsghdr *header = nft_put_header(room, type, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES);

	header->nlmsg_seq = ++batch->sequence;
	message_end(batch, header);
}

void nft_begin(struct nft_batch *batch, uint8_t family, const char *table)
{
	*batch = (struct nft_batch){.table = table, .family = family};
	put_bracket(batch, NFNL_MSG_BATCH_BEGIN);
}

void nft_release(struct nft_batch *batch)
{
	strbuf_release(&batch->bytes);
}

static void put_number(struct nlmsghdr *header, uint16_t type, uint32_t value)
{
	mnl_attr_put_u32(header, type, htonl(value));
}

static void put_value(struct nlmsghdr *header, uint16_t type, const void *bytes, size_t length)
{
	struct nlattr *nest = mnl_attr_nest_start(header, type);

	mnl_attr_put(header, NFTA_DATA_VALUE, length, bytes);
	mnl_attr_nest_end(header, nest);
}

static void table_message(struct nft_batch *batch, uint16_t type, uint16_t flags)
{
	struct nlmsghdr *header = message_start(batch, type, flags);

	mnl_attr_put_strz(header, NFTA_TABLE_NAME, batch->table);
	message_end(batch, header);
}

void nft_create_table(struct nft_batch *batch)
{
	table_message(batch, NFT_MSG_NEWTABLE, NLM_F_CREATE | NLM_F_EXCL);
}

void nft_remove_table(struct nft_batch *batch)
{
	table_message(batch, NFT_MSG_NEWTABLE, NLM_F_CREATE); /* so that there is one */
	table_message(batch, NFT_MSG_DELTABLE, 0);
}

void nft_check_table(struct nft_batch *batch)
{
	static const struct nft_chain chain = {"check", "filter", 0, 0};
	struct nft_batch other = *batch;

	other.table = "coracle-check";
	table_message(&other, NFT_MSG_NEWTABLE, NLM_F_CREATE);
	nft_add_chain(&other, &chain);
	table_message(&other, NFT_MSG_DELTABLE, 0);
	other.table = batch->table;
	*batch = other;
}

void nft_replace_table(struct nft_batch *batch)
{
	nft_remove_table(batch);
	table_message(batch, NFT_MSG_NEWTABLE, NLM_F_CREATE);
}

void nft_add_chain(struct nft_batch *batch, const struct nft_chain *chain)
{
	struct nlmsghdr *header = message_start(batch, NFT_MSG_NEWCHAIN, NLM_F_CREATE);
	struct nlattr *nest;

	mnl_attr_put_strz(header, NFTA_CHAIN_TABLE, batch->table);
	mnl_attr_put_strz(header, NFTA_CHAIN_NAME, chain->name);
	if (chain->type) {
		nest = mnl_attr_nest_start(header, NFTA_CHAIN_HOOK);
		put_number(header, NFTA_HOOK_HOOKNUM, chain->hook);
		put_number(header, NFTA_HOOK_PRIORITY, (uint32_t)chain->priority);
		mnl_attr_nest_end(header, nest);
		mnl_attr_put_strz(header, NFTA_CHAIN_TYPE, chain->type);
		put_number(header, NFTA_CHAIN_POLICY, NF_ACCEPT);
	}
	message_end(batch, header);
}

static uint32_t type_length(uint8_t type)
{
	if (type == NFT_TYPE_ETHERNET)
		return 8;
	return type == NFT_TYPE_ADDRESS6 || type == NFT_TYPE_INTERFACE ? 16 : 4;
}

/* Every field takes a multiple of four bytes; alone, protocol and service would be shorter, but
 * they occur only in concatenations here. */
static uint32_t types_length(const uint8_t types[4], uint32_t *number)
{
	uint32_t length = 0;

	*number = 0;
	for (int i = 0; i < 4 && types[i]; i++) {
		*number = *number << TYPE_BITS | types[i];
		length += type_length(types[i]);
	}
	return length;
}

static void put_fields(struct nlmsghdr *header, const uint8_t types[4])
{
	struct nlattr *description = mnl_attr_nest_start(header, NFTA_SET_DESC);
	struct nlattr *list = mnl_attr_nest_start(header, NFTA_SET_DESC_CONCAT);

	for (int i = 0; i < 4 && types[i]; i++) {
		struct nlattr *field = mnl_attr_nest_start(header, NFTA_LIST_ELEM);

		put_number(header, NFTA_SET_FIELD_LEN, type_length(types[i]));
		mnl_attr_nest_end(header, field);
	}
	mnl_attr_nest_end(header, list);
	mnl_attr_nest_end(header, description);
}

/* A note to the nft command, which without it would print names of interfaces backwards. */
static void put_byte_order(struct nlmsghdr *header, const struct nft_set *set)
{
	enum { KEY_BYTE_ORDER = 0, HOST_ORDER = 1, NETWORK_ORDER = 2 };
	bool is_name = set->key[0] == NFT_TYPE_INTERFACE && set->key[1] == 0;
	struct {
		uint8_t type, length;
		uint8_t value[4];
	} note = {KEY_BYTE_ORDER, sizeof(note.value), {0}};
	uint32_t order = is_name ? HOST_ORDER : NETWORK_ORDER;

	memcpy(note.value, &order, sizeof(order));
	mnl_attr_put(header, NFTA_SET_USERDATA, sizeof(note), &note);
}

void nft_add_set(struct nft_batch *batch, const struct nft_set *set, uint32_t id)
{
	struct nlmsghdr *header = message_start(batch, NFT_MSG_NEWSET, NLM_F_CREATE);
	bool is_concatenation = set->key[1] != 0;
	uint32_t flags = 0, number, length;

	if (set->is_interval)
		flags |= NFT_SET_INTERVAL | (is_concatenation ? NFT_SET_CONCAT : 0);
	if (set->data[0])
		flags |= NFT_SET_MAP;
	mnl_attr_put_strz(header, NFTA_SET_TABLE, batch->table);
	mnl_attr_put_strz(header, NFTA_SET_NAME, set->name);
	put_number(header, NFTA_SET_FLAGS, flags);
	length = types_length(set->key, &number);
	put_number(header, NFTA_SET_KEY_TYPE, number);
	put_number(header, NFTA_SET_KEY_LEN, length);
	if (set->data[0]) {
		length = types_length(set->data, &number);
		put_number(header, NFTA_SET_DATA_TYPE, number);
		put_number(header, NFTA_SET_DATA_LEN, length);
	}
	put_number(header, NFTA_SET_ID, id);
	put_byte_order(header, set);
	if (set->is_interval && is_concatenation)
		put_fields(header, set->key);
	message_end(batch, header);
}

static uint32_t reg(uint8_t number)
{
	return NFT_REG32_00 + (uint32_t)number;
}

static void put_meta(struct nlmsghdr *header, const struct nft_expr *step)
{
	put_number(header, NFTA_META_DREG, reg(step->reg));
	put_number(header, NFTA_META_KEY, (uint32_t)step->value);
}

static void put_payload(struct nlmsghdr *header, const struct nft_expr *step)
{
	put_number(header, NFTA_PAYLOAD_DREG, reg(step->reg));
	put_number(header, NFTA_PAYLOAD_BASE, step->base);
	put_number(header, NFTA_PAYLOAD_OFFSET, step->offset);
	put_number(header, NFTA_PAYLOAD_LEN, step->length);
}

static void put_payload_set(struct nlmsghdr *header, const struct nft_expr *step)
{
	put_number(header, NFTA_PAYLOAD_SREG, reg(step->reg));
	put_number(header, NFTA_PAYLOAD_BASE, step->base);
	put_number(header, NFTA_PAYLOAD_OFFSET, step->offset);
	put_number(header, NFTA_PAYLOAD_LEN, step->length);
	put_number(header, NFTA_PAYLOAD_CSUM_TYPE, NFT_PAYLOAD_CSUM_INET);
	put_number(header, NFTA_PAYLOAD_CSUM_OFFSET, (uint32_t)step->value);
	put_number(header, NFTA_PAYLOAD_CSUM_FLAGS, 0);
}

static void put_ct(struct nlmsghdr *header, const struct nft_expr *step)
{
	put_number(header, NFTA_CT_DREG, reg(step->reg));
	put_number(header, NFTA_CT_KEY, (uint32_t)step->value);
}

static void put_fib(struct nlmsghdr *header, const struct nft_expr *step)
{
	put_number(header, NFTA_FIB_DREG, reg(step->reg));
	put_number(header, NFTA_FIB_RESULT, NFT_FIB_RESULT_ADDRTYPE);
	put_number(header, NFTA_FIB_FLAGS, (uint32_t)step->value);
}

static void put_numgen(struct nlmsghdr *header, const struct nft_expr *step)
{
	put_number(header, NFTA_NG_DREG, reg(step->reg));
	put_number(header, NFTA_NG_MODULUS, (uint32_t)step->value);
	put_number(header, NFTA_NG_TYPE, NFT_NG_RANDOM);
	put_number(header, NFTA_NG_OFFSET, 0);
}

static void put_mask(struct nlmsghdr *header, const struct nft_expr *step)
{
	static const uint8_t zero[16];

	put_number(header, NFTA_BITWISE_SREG, reg(step->reg));
	put_number(header, NFTA_BITWISE_DREG, reg(step->reg));
	put_number(header, NFTA_BITWISE_LEN, step->length);
	put_value(header, NFTA_BITWISE_MASK, step->bytes, step->length);
	put_value(header, NFTA_BITWISE_XOR, zero, step->length);
}

static void put_compare(struct nlmsghdr *header, const struct nft_expr *step)
{
	put_number(header, NFTA_CMP_SREG, reg(step->reg));
	put_number(header, NFTA_CMP_OP, step->is_inverted ? NFT_CMP_NEQ : NFT_CMP_EQ);
	put_value(header, NFTA_CMP_DATA, step->bytes, step->length);
}

static void put_immediate(struct nlmsghdr *header, const struct nft_expr *step)
{
	put_number(header, NFTA_IMMEDIATE_DREG, reg(step->reg));
	put_value(header, NFTA_IMMEDIATE_DATA, step->bytes, step->length);
}

static void put_lookup(struct nlmsghdr *header, const struct nft_expr *step)
{
	mnl_attr_put_strz(header, NFTA_LOOKUP_SET, step->name);
	put_number(header, NFTA_LOOKUP_SREG, reg(step->reg));
	if (step->is_inverted)
		put_number(header, NFTA_LOOKUP_FLAGS, NFT_LOOKUP_F_INV);
	if (step->op == NFT_OP_MAP)
		put_number(header, NFTA_LOOKUP_DREG, reg(0));
}

static void put_dnat(struct nlmsghdr *header, const struct nft_expr *step)
{
	put_number(header, NFTA_NAT_TYPE, NFT_NAT_DNAT);
	put_number(header, NFTA_NAT_FAMILY, (uint32_t)step->value);
	put_number(header, NFTA_NAT_REG_ADDR_MIN, reg(0));
	put_number(header, NFTA_NAT_REG_PROTO_MIN, reg(step->reg));
}

static void put_nothing(struct nlmsghdr *header, const struct nft_expr *step)
{
	(void)header;
	(void)step;
}

static void put_verdict(struct nlmsghdr *header, const struct nft_expr *step)
{
	struct nlattr *data, *verdict;

	put_number(header, NFTA_IMMEDIATE_DREG, NFT_REG_VERDICT);
	data = mnl_attr_nest_start(header, NFTA_IMMEDIATE_DATA);
	verdict = mnl_attr_nest_start(header, NFTA_DATA_VERDICT);
	put_number(header, NFTA_VERDICT_CODE, (uint32_t)step->value);
	if (step->name[0])
		mnl_attr_put_strz(header, NFTA_VERDICT_CHAIN, step->name);
	mnl_attr_nest_end(header, verdict);
	mnl_attr_nest_end(header, data);
}

static const struct {
	const char *name;
	void (*put)(struct nlmsghdr *header, const struct nft_expr *step);
} expressions[] = {
	[NFT_OP_META] = {"meta", put_meta},
	[NFT_OP_PAYLOAD] = {"payload", put_payload},
	[NFT_OP_PAYLOAD_SET] = {"payload", put_payload_set},
	[NFT_OP_CT] = {"ct", put_ct},
	[NFT_OP_FIB_TYPE] = {"fib", put_fib},
	[NFT_OP_NUMGEN] = {"numgen", put_numgen},
	[NFT_OP_MASK] = {"bitwise", put_mask},
	[NFT_OP_COMPARE] = {"cmp", put_compare},
	[NFT_OP_IMMEDIATE] = {"immediate", put_immediate},
	[NFT_OP_LOOKUP] = {"lookup", put_lookup},
	[NFT_OP_MAP] = {"lookup", put_lookup},
	[NFT_OP_DNAT] = {"nat", put_dnat},
	[NFT_OP_MASQUERADE] = {"masq", put_nothing},
	[NFT_OP_NOTRACK] = {"notrack", put_nothing},
	[NFT_OP_VERDICT] = {"immediate", put_verdict},
};

/* In the form of the nft command's own notes; of a kind that it leaves alone. */
static void put_note(struct nlmsghdr *header, struct nft_batch *batch)
{
	struct nft_note note = {NFT_NOTE_KIND, sizeof(note) - 2, htons(batch->rule_count++), {0}};

	memcpy(note.mark, batch->mark, sizeof(note.mark));
	mnl_attr_put(header, NFTA_RULE_USERDATA, sizeof(note), &note);
}

void nft_add_rule(struct nft_batch *batch, const struct nft_rule *rule)
{
	uint16_t flags = batch->position ? NLM_F_CREATE : NLM_F_CREATE | NLM_F_APPEND;
	struct nlmsghdr *header = message_start(batch, NFT_MSG_NEWRULE, flags);
	struct nlattr *list;

	mnl_attr_put_strz(header, NFTA_RULE_TABLE, batch->table);
	mnl_attr_put_strz(header, NFTA_RULE_CHAIN, rule->chain);
	if (batch->position)
		mnl_attr_put_u64(header, NFTA_RULE_POSITION, htobe64(batch->position));
	list = mnl_attr_nest_start(header, NFTA_RULE_EXPRESSIONS);
	for (size_t i = 0; i < array_length(rule->steps) && rule->steps[i].op != NFT_OP_END; i++) {
		const struct nft_expr *step = &rule->steps[i];
		struct nlattr *item = mnl_attr_nest_start(header, NFTA_LIST_ELEM), *data;

		mnl_attr_put_strz(header, NFTA_EXPR_NAME, expressions[step->op].name);
		data = mnl_attr_nest_start(header, NFTA_EXPR_DATA);
		expressions[step->op].put(header, step);
		mnl_attr_nest_end(header, data);
		mnl_attr_nest_end(header, item);
	}
	mnl_attr_nest_end(header, list);
	if (batch->mark)
		put_note(header, batch);
	message_end(batch, header);
}

void nft_delete_rule(struct nft_batch *batch, const char *chain, uint64_t handle)
{
	struct nlmsghdr *header = message_start(batch, NFT_MSG_DELRULE, 0);

	mnl_attr_put_strz(header, NFTA_RULE_TABLE, batch->table);
	mnl_attr_put_strz(header, NFTA_RULE_CHAIN, chain);
	mnl_attr_put_u64(header, NFTA_RULE_HANDLE, htobe64(handle));
	message_end(batch, header);
}

static void put_element(struct nlmsghdr *header, const struct nft_element *element)
{
	struct nlattr *item = mnl_attr_nest_start(header, NFTA_LIST_ELEM);

	put_value(header, NFTA_SET_ELEM_KEY, element->key, element->key_length);
	if (element->end_length)
		put_value(header, NFTA_SET_ELEM_KEY_END, element->end, element->end_length);
	if (element->data_length)
		put_value(header, NFTA_SET_ELEM_DATA, element->data, element->data_length);
	if (element->is_interval_end)
		put_number(header, NFTA_SET_ELEM_FLAGS, NFT_SET_ELEM_INTERVAL_END);
	mnl_attr_nest_end(header, item);
}

void nft_put_elements(struct nlmsghdr *header, const char *table, const char *set,
		      const struct nft_element *elements, size_t count)
{
	struct nlattr *list;

	mnl_attr_put_strz(header, NFTA_SET_ELEM_LIST_TABLE, table);
	mnl_attr_put_strz(header, NFTA_SET_ELEM_LIST_SET, set);
	list = mnl_attr_nest_start(header, NFTA_SET_ELEM_LIST_ELEMENTS);
	for (size_t i = 0; i < count; i++)
		put_element(header, &elements[i]);
	mnl_attr_nest_end(header, list);
}

void nft_add_elements(struct nft_batch *batch, const char *set, const struct nft_element *elements,
		      size_t count)
{
	for (size_t i = 0; i < count; i += ELEMENTS_AT_ONCE) {
		struct nlmsghdr *header = message_start(batch, NFT_MSG_NEWSETELEM, NLM_F_CREATE);
		size_t n = count - i < ELEMENTS_AT_ONCE ? count - i : ELEMENTS_AT_ONCE;

		nft_put_elements(header, batch->table, set, elements + i, n);
		message_end(batch, header);
	}
}

void nft_delete_elements(struct nft_batch *batch, const char *set,
			 const struct nft_element *elements, size_t count)
{
	for (size_t i = 0; i < count; i += ELEMENTS_AT_ONCE) {
		struct nlmsghdr *header = message_start(batch, NFT_MSG_DELSETELEM, 0);
		size_t n = count - i < ELEMENTS_AT_ONCE ? count - i : ELEMENTS_AT_ONCE;

		nft_put_elements(header, batch->table, set, elements + i, n);
		message_end(batch, header);
	}
}

int nft_open(struct error *err)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER), one = 1;

	if (fd < 0)
		return errno == EPROTONOSUPPORT
			       ? error_set(err, ERROR_UNSUPPORTED,
					   "the kernel has no nf_tables (CONFIG_NF_TABLES): try "
					   "'modprobe nf_tables'")
			       : error_errno(err, "cannot open a netfilter socket");
	setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &one, sizeof(one));
	return fd;
}

/* Some of a process's sockets are closed late, and process ids are those of its namespace: so some
 * ports are tried. */
static int bind_own(int fd)
{
	static unsigned next;
	struct sockaddr_nl local = {.nl_family = AF_NETLINK};

	for (unsigned attempt = 0; attempt < 32; attempt++) {
		local.nl_pid = NFT_PORT_MARK | next++ % 32 << 22 | ((unsigned)getpid() & 0x3fffff);
		if (bind(fd, (struct sockaddr *)&local, sizeof(local)) == 0)
			return 0;
	}
	local.nl_pid = 0;
	return bind(fd, (struct sockaddr *)&local, sizeof(local));
}

static int open_sender(size_t room, struct error *err)
{
	auto_close int fd = nft_open(err);
	int size = (int)room;

	if (fd < 0)
		return -1;
	if (bind_own(fd) < 0)
		return error_errno(err, "cannot bind a netfilter socket");
	if (room > 65536) {
		setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size));
		setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	}
	return take_fd(&fd);
}

ssize_t nft_receive(int fd, void *buffer, size_t size, int flags)
{
	ssize_t n;

	do
		n = recv(fd, buffer, size, flags);
	while (n < 0 && errno == EINTR);
	return n;
}

/* The kernel has handled the batch when sendmsg returns, and all its answers wait in the socket:
 * the acknowledgement asked for with the second message on success, and an error for each message
 * that failed. Returns the first error, or 0; -1 when no acknowledgement came at all. */
static int read_result(int fd)
{
	auto_free char *buffer = alloc_bytes(NFT_MESSAGE_ROOM);
	int result = -1;
	ssize_t n;

	while ((n = nft_receive(fd, buffer, NFT_MESSAGE_ROOM, MSG_DONTWAIT)) > 0) {
		int left = (int)n;

		for (struct nlmsghdr *at = (void *)buffer; mnl_nlmsg_ok(at, left);
		     at = mnl_nlmsg_next(at, &left)) {
			const struct nlmsgerr *ack = mnl_nlmsg_get_payload(at);

			if (at->nlmsg_type == NLMSG_ERROR && result <= 0)
				result = -ack->error;
		}
	}
	if (n < 0 && errno == ENOBUFS && result <= 0)
		return ENOBUFS;
	return result;
}

static void ask_acknowledgement(struct nft_batch *batch)
{
	struct nlmsghdr *first = (void *)batch->bytes.text;
	struct nlmsghdr *second = (void *)(batch->bytes.text + MNL_ALIGN(first->nlmsg_len));

	second->nlmsg_flags |= NLM_F_ACK;
}

/* Closing a netfilter socket waits for what earlier transactions left to be freed (an RCU grace
 * period, 4-15 ms), so a used socket is closed some transactions later, or by the process's end. */
static void retire(int fd)
{
	static int retired[4] = {-1, -1, -1, -1};
	static size_t next;

	if (retired[next] >= 0)
		close(retired[next]);
	retired[next] = fd;
	next = (next + 1) % array_length(retired);
}

static int send_once(struct nft_batch *batch, struct error *err)
{
	int fd = open_sender(batch->bytes.length * 2, err);
	struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
	ssize_t n;

	if (fd < 0)
		return -1;
	do
		n = sendto(fd, batch->bytes.text, batch->bytes.length, 0,
			   (struct sockaddr *)&kernel, sizeof(kernel));
	while (n < 0 && errno == EINTR);
	if (n < 0)
		error_errno(err, "cannot send an nftables transaction");
	retire(fd);
	return n < 0 ? -1 : read_result(fd);
}

int nft_commit(struct nft_batch *batch, struct error *err)
{
	auto_nft struct nft_batch mine = *batch;
	int result = 0;

	batch->bytes = (struct strbuf){0};
	if (mine.sequence < 2)
		return 0;
	put_bracket(&mine, NFNL_MSG_BATCH_END);
	ask_acknowledgement(&mine);
	for (int attempt = 0; attempt < 8; attempt++) {
		struct error why = {0};

		result = send_once(&mine, &why);
		if (why.code)
			return error_pass(err, &why);
		if (result != EINTR && result != ENOBUFS && result != ERESTART && result != EAGAIN)
			break;
	}
	if (result == 0)
		return 0;
	return error_number(err, result < 0 ? EIO : result, "cannot change the nftables table '%s'",
			    mine.table);
}
