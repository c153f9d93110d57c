/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/image/partial.h - blobs on their way from a registry: ROOT/partial/HEX.
 *
 * A file holds the first bytes of the blob with that digest, as far as they have come. Nothing
 * about them is believed: whoever goes on reads and hashes all of it from the beginning. Who
 * appends holds the file's flock. A complete one is sealed (read-only) before the lock is given
 * back: nobody changes it any more, whatever size another manifest says. What has arrived gets a
 * second name in a staging directory first, so that a file may lose its name here at any time.
 */
#pragma once

#include "storage/layout.h"
#include "storage/staging.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

struct error;

#define PARTIAL_LONGEST_S (7 * 24 * 60 * 60) /* how long an interrupted download is kept */

/* Opens, creating it, and waits for its lock, which ends with the descriptor. */
int partial_open(const struct layout *layout, const char *hex, struct error *err);
/* Gives the open one a second name in @staging. */
int partial_stage(const struct staging *staging, const char *hex, const char *name,
		  struct error *err);
/* Its owner has verified the digest and will put it into the store. */
int partial_seal(int fd, struct error *err);
bool partial_is_sealed(const struct stat *status);
/* Takes the name away; missing is fine. */
void partial_discard(const struct layout *layout, const char *hex);
/* Removes those that nobody appends to and nobody has touched for @age_s (0: all of them). Returns
 * the bytes that this gave back. */
int64_t partial_sweep(const struct layout *layout, int64_t age_s);
