/* SPDX-License-Identifier: Apache-2.0 */
/*
 * describe/fact_words.h - door: what Docker's daemon says for what errors state (base/fact.h).
 */
#pragma once

#include "base/fact.h"

#include <stdbool.h>

struct error;
struct strbuf;

/* "No such container: %1": %1 and %2 are what the fact is about. NULL: it has no words for that. */
extern const char *const fact_words[FACT_COUNT];
/* Appends them; false: there are none. */
bool fact_words_add(struct strbuf *out, const struct error *err);
