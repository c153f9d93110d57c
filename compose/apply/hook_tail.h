/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/apply/hook_tail.h - the end of what a hook writes, for the message about its failure.
 */
#pragma once

#include <stddef.h>

struct strbuf;

/* A zeroed one is empty. */
struct hook_tail {
	char bytes[2048];
	size_t used;
};

/* However much it is: what is oldest goes. */
void hook_tail_add(struct hook_tail *tail, const char *bytes, size_t length);
/* Its last lines, as few and short as fit into a message; blank ones do not count, and of a line
 * that was overwritten (by carriage returns) only what stood there last. */
void hook_tail_print(struct strbuf *out, const struct hook_tail *tail);
