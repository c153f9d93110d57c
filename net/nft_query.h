/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net/nft_query.h - what nf_tables has: asked of the namespace of the caller.
 *
 * A list that somebody changed while it was read fails with EINTR: ask again.
 */
#pragma once

#include "net/nft.h"

struct arena;

/* 1: the element is in the set, 0: it is not (or the whole table is not). */
int nft_has_element(uint8_t family, const char *table, const char *set,
		    const struct nft_element *element, struct error *err);
/* The name of a table with a base chain on the forward hook whose policy is drop, other than
 * @own; false when there is none. */
bool nft_find_forward_drop(const char *own, char *name, size_t size);

/* One object of any kind; what it has not is NULL or 0. */
struct nft_object {
	const char *table, *chain;
	uint32_t flags;		     /* of a table */
	uint32_t hook, policy;	     /* of a chain; UINT32_MAX: no base chain */
	const struct nft_note *note; /* of a rule, as the next */
	uint64_t handle;
	bool is_return; /* it does nothing but return */
};
typedef void nft_visit(const struct nft_object *object, void *data);

int nft_list_tables(uint8_t family, nft_visit *visit, void *data, struct error *err);
/* Of all tables of the family. */
int nft_list_chains(uint8_t family, nft_visit *visit, void *data, struct error *err);
int nft_list_rules(uint8_t family, const char *table, nft_visit *visit, void *data,
		   struct error *err);
struct nft_elements {
	struct nft_element *items;
	size_t count;
	struct arena *arena;
};
/* ENOENT when there is no such set. */
int nft_list_elements(uint8_t family, const char *table, const char *set,
		      struct nft_elements *elements, struct error *err);
