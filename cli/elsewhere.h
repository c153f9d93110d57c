/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/elsewhere.h - words that mean something only where there is a daemon, a swarm of hosts, or a
 * service of some company: what they are, and what does the same here.
 */
#pragma once

#include <stdbool.h>

struct error;
struct strbuf;

/* False when @word is none of them. @noun: what it stands behind; NULL: nothing. */
bool elsewhere_explain(const char *noun, const char *word, struct error *err);
/* The same for docs/compatibility.md, as rows of a table. */
void elsewhere_describe(struct strbuf *out);
