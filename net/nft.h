/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net/nft.h - nf_tables transactions over libmnl.
 *
 * A batch collects messages for one table; nft_commit sends it as one transaction: the kernel
 * applies all of it or nothing. Rules are data: arrays of struct nft_expr, as in
 * net/firewall_layout.c. Written so that `nft list ruleset` prints everything.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/strbuf.h"

struct error;

struct nft_batch {
	struct strbuf bytes;
	const char *table;
	uint8_t family; /* NFPROTO_INET, NFPROTO_IPV4 */
	uint32_t sequence;
	const uint8_t *mark; /* of NFT_MARK_SIZE: rules carry a note with it; NULL: they do not */
	uint16_t rule_count; /* that carry one */
	uint64_t position;   /* rules come before the one with this handle; 0: at the end */
};

/* A rule's note says which of a set of rules it is. One that somebody changes loses it. */
#define NFT_MARK_SIZE 8
#define NFT_NOTE_KIND 'c'
struct nft_note {
	uint8_t kind, length; /* of what follows */
	uint16_t number;      /* network order */
	uint8_t mark[NFT_MARK_SIZE];
};

#define auto_nft __attribute__((cleanup(nft_release)))

void nft_begin(struct nft_batch *batch, uint8_t family, const char *table);
void nft_release(struct nft_batch *batch);

/* The transaction fails with EEXIST when the table is there already. */
void nft_create_table(struct nft_batch *batch);
/* Whatever is there: an empty table in its place. Slower: the kernel waits for all readers of what
 * goes. */
void nft_replace_table(struct nft_batch *batch);
/* A table that is not there is fine. */
void nft_remove_table(struct nft_batch *batch);

/* Changes nothing: fails when the kernel has no tables of this family. */
void nft_check_table(struct nft_batch *batch);

struct nft_chain {
	const char *name;
	const char *type; /* "nat", "filter"; NULL: no base chain */
	uint32_t hook;
	int32_t priority;
};

void nft_add_chain(struct nft_batch *batch, const struct nft_chain *chain);

/* Types of keys and data as nft numbers them (its datatype.h), for printing only. */
enum nft_type {
	NFT_TYPE_ADDRESS4 = 7,
	NFT_TYPE_ADDRESS6 = 8,
	NFT_TYPE_ETHERNET = 9,
	NFT_TYPE_PROTOCOL = 12,
	NFT_TYPE_SERVICE = 13,
	NFT_TYPE_MARK = 19,
	NFT_TYPE_INTERFACE = 41,
};

struct nft_set {
	const char *name;
	bool is_interval;
	uint8_t key[4];	 /* enum nft_type, 0 ends */
	uint8_t data[4]; /* of a map */
};

void nft_add_set(struct nft_batch *batch, const struct nft_set *set, uint32_t id);

/* One step of a rule. Registers count in units of four bytes from 0 to 15. */
enum nft_op {
	NFT_OP_END,
	NFT_OP_META,	    /* value: NFT_META_*; to @reg */
	NFT_OP_PAYLOAD,	    /* base, offset, length; to @reg */
	NFT_OP_PAYLOAD_SET, /* base, offset, length; from @reg; value: offset of the checksum */
	NFT_OP_CT,	    /* value: NFT_CT_*; to @reg */
	NFT_OP_FIB_TYPE,    /* value: NFTA_FIB_F_*; to @reg */
	NFT_OP_NUMGEN,	    /* random, modulo value; to @reg */
	NFT_OP_MASK,	    /* @reg &= bytes */
	NFT_OP_COMPARE,	    /* @reg with bytes; is_inverted: unequal */
	NFT_OP_IMMEDIATE,   /* @reg = bytes */
	NFT_OP_LOOKUP,	    /* @reg in the set @name; is_inverted: not in it */
	NFT_OP_MAP,	    /* @reg through the map @name to register 0 */
	NFT_OP_DNAT,	    /* value: family; address in register 0, port in @reg */
	NFT_OP_MASQUERADE,
	NFT_OP_NOTRACK,
	NFT_OP_VERDICT, /* value: NF_ACCEPT, NF_DROP, NFT_RETURN; NFT_JUMP to @name */
};

struct nft_expr {
	enum nft_op op;
	uint8_t reg;
	bool is_inverted;
	int32_t value;
	uint8_t base, offset, length; /* length: of the payload or the bytes */
	union {
		char name[16];
		uint8_t bytes[16];
	};
};

/* Without pointers: tables of rules need no relocation, and all processes share their pages. */
struct nft_rule {
	char chain[16];
	struct nft_expr steps[14];
};

void nft_add_rule(struct nft_batch *batch, const struct nft_rule *rule);
void nft_delete_rule(struct nft_batch *batch, const char *chain, uint64_t handle);

struct nft_element {
	uint8_t key[44], end[44], data[20];
	uint8_t key_length, end_length, data_length; /* end_length 0: no range */
	bool is_interval_end;			     /* sets of one interval field */
};

void nft_add_elements(struct nft_batch *batch, const char *set, const struct nft_element *elements,
		      size_t count);
void nft_delete_elements(struct nft_batch *batch, const char *set,
			 const struct nft_element *elements, size_t count);

/* Sends the transaction to the namespace of the caller. The code is the kernel's errno: ENOENT
 * when the table or an element is not there. The batch is released. */
int nft_commit(struct nft_batch *batch, struct error *err);
