/* SPDX-License-Identifier: Apache-2.0 */
#include "net/nft_listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <string.h>
#include <sys/socket.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/log.h"
#include "net/nft_private.h"

/* A transaction is told in datagrams of many messages, and the one that matters may come late. So
 * the filter walks through a datagram; what does not end within so many messages is let through. */
#define MOST_MESSAGES 100
#define NAME_WORDS    5
#define MOVE_STEPS    15 /* of next_message */

/* Where a message of any kind about a table has the table's name: behind two headers and that of
 * its first attribute. */
#define NAME_OFFSET (NLMSG_HDRLEN + 4 + 4)

#define LOWEST_BYTE(offset_, size_)                                                                \
	((offset_) + (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? 0 : (size_)-1))
#define HIGHEST_BYTE(offset_, size_)                                                               \
	((offset_) + (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? (size_)-1 : 0))

enum { AT, LENGTH }; /* cells of the filter's memory */

struct program {
	struct sock_filter steps[4096];
	unsigned short count;
};

static void step(struct program *program, int code, uint32_t value)
{
	program->steps[program->count++] = (struct sock_filter)BPF_STMT((uint16_t)code, value);
}

/* Skips so many steps when the comparison holds, or does not. */
static void branch(struct program *program, int compare, uint32_t value, uint8_t yes, uint8_t no)
{
	program->steps[program->count++] =
		(struct sock_filter)BPF_JUMP((uint16_t)(BPF_JMP | compare | BPF_K), value, yes, no);
}

/* All messages of a datagram are of one transaction. */
static void drop_own(struct program *program)
{
	step(program, BPF_LD | BPF_B | BPF_ABS,
	     HIGHEST_BYTE(offsetof(struct nlmsghdr, nlmsg_pid), 4));
	step(program, BPF_ALU | BPF_AND | BPF_K, NFT_PORT_MASK >> 24);
	branch(program, BPF_JEQ, NFT_PORT_MARK >> 24, 0, 1);
	step(program, BPF_RET | BPF_K, 0);
}

/* The name with its end, in words; X is where the message begins. */
static void accept_table(struct program *program, const char *table)
{
	char name[NAME_WORDS * 4] = {0};
	uint8_t words = (uint8_t)(strlen(table) / 4 + 1);

	strncpy(name, table, sizeof(name) - 1);
	words = words < NAME_WORDS ? words : NAME_WORDS;
	for (uint8_t i = 0; i < words; i++) {
		uint32_t word;

		memcpy(&word, name + 4 * i, sizeof(word));
		step(program, BPF_LD | BPF_W | BPF_IND, NAME_OFFSET + 4u * i);
		branch(program, BPF_JEQ, ntohl(word), 0, (uint8_t)(2 * (words - i) - 1));
	}
	step(program, BPF_RET | BPF_K, UINT32_MAX);
}

/* X and the cell AT move on by the message's length, in the host's byte order, aligned. */
static void next_message(struct program *program)
{
	step(program, BPF_LD | BPF_B | BPF_IND, HIGHEST_BYTE(0, 2));
	step(program, BPF_ALU | BPF_LSH | BPF_K, 8);
	step(program, BPF_ST, LENGTH);
	step(program, BPF_LD | BPF_B | BPF_IND, LOWEST_BYTE(0, 2));
	step(program, BPF_LDX | BPF_W | BPF_MEM, LENGTH);
	step(program, BPF_ALU | BPF_OR | BPF_X, 0);
	step(program, BPF_ALU | BPF_ADD | BPF_K, NLMSG_ALIGNTO - 1);
	step(program, BPF_ALU | BPF_AND | BPF_K, ~(NLMSG_ALIGNTO - 1));
	step(program, BPF_LDX | BPF_W | BPF_MEM, AT);
	step(program, BPF_ALU | BPF_ADD | BPF_X, 0);
	step(program, BPF_ST, AT);
	step(program, BPF_LDX | BPF_W | BPF_LEN, 0);
	program->steps[program->count++] =
		(struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_X, 0, 0, 1);
	step(program, BPF_RET | BPF_K, 0);
	step(program, BPF_LDX | BPF_W | BPF_MEM, AT);
}

static int attach_filter(int fd, const char *const *tables, size_t count)
{
	auto_free struct program *program = alloc_zeroed(1, sizeof(*program));
	size_t at_once = count * (2 * NAME_WORDS + 1) + MOVE_STEPS + 1;
	struct sock_fprog filter = {.filter = program->steps};

	drop_own(program);
	step(program, BPF_LDX | BPF_W | BPF_IMM, 0);
	step(program, BPF_STX, AT);
	for (int i = 0;
	     i < MOST_MESSAGES && program->count + at_once < array_length(program->steps); i++) {
		for (size_t j = 0; j < count; j++)
			accept_table(program, tables[j]);
		next_message(program);
	}
	step(program, BPF_RET | BPF_K, UINT32_MAX);
	filter.len = program->count;
	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter));
}

int nft_listen(const char *const *tables, size_t count, struct error *err)
{
	struct sockaddr_nl local = {.nl_family = AF_NETLINK};
	int group = NFNLGRP_NFTABLES;
	auto_close int fd = nft_open(err);

	if (fd < 0)
		return -1;
	/* The filter before the group: nothing else is ever queued. */
	if (attach_filter(fd, tables, count) < 0)
		log_debug("every change of nftables is heard of: %s", strerror(errno));
	if (bind(fd, (struct sockaddr *)&local, sizeof(local)) < 0 ||
	    setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)) < 0)
		return error_errno(err, "cannot listen to changes of nftables");
	return take_fd(&fd);
}

/* What exactly is asked later, once. News that found no room are news, too. */
bool nft_listen_read(int fd)
{
	bool is_new = false;
	char byte;

	while (nft_receive(fd, &byte, sizeof(byte), MSG_DONTWAIT | MSG_TRUNC) >= 0 ||
	       errno == ENOBUFS)
		is_new = true;
	return is_new;
}
