/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net/nft_private.h - what the files that speak to nf_tables share: messages and sockets.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "net/nft.h"

struct nlmsghdr;

#define NFT_MESSAGE_ROOM 32768 /* more than any one message needs */

/* Of this form are the ports that our transactions are sent from, so that those who listen know
 * them from others' (nft_listen.h). The kernel gives away process ids and negative numbers. */
#define NFT_PORT_MARK 0x58000000u
#define NFT_PORT_MASK 0xf8000000u

struct nlmsghdr *nft_put_header(void *room, uint16_t type, uint16_t flags, uint8_t family,
				uint16_t resource);
void nft_put_elements(struct nlmsghdr *header, const char *table, const char *set,
		      const struct nft_element *elements, size_t count);
/* A socket without a port yet. */
int nft_open(struct error *err);
ssize_t nft_receive(int fd, void *buffer, size_t size, int flags);
