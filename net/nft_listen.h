/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net/nft_listen.h - hears of what other programs do to nftables tables.
 *
 * Transactions of ours (net/nft.h), in whatever process, and those that touch none of the tables do
 * not wake the listener: the kernel drops them.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct error;

/* In the network namespace of the caller. Readable when one of @tables, of any family, may have
 * changed. Non-blocking. */
int nft_listen(const char *const *tables, size_t count, struct error *err);
/* Takes all news: was there any? */
bool nft_listen_read(int fd);
