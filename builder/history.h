/* SPDX-License-Identifier: Apache-2.0 */
/*
 * builder/history.h - the history of an image: one entry for each instruction, with the texts that
 * Docker's `history` is known for. Pure.
 */
#pragma once

#include "base/json.h"
#include "builder/scope.h"

#include <stdbool.h>
#include <stdint.h>

struct strbuf;

/* Appends an entry; it belongs to the document. */
json *history_add(json *document, const char *created_by, bool has_layer);
/* `["a" "b"]` and `[a b]`, as Go prints lists of strings. */
void history_quote_list(struct strbuf *out, char *const *items);
void history_list(struct strbuf *out, char *const *items);
/* "RUN |1 a=b /bin/sh -c make # buildkit" */
void history_run(struct strbuf *out, char *const *args, const struct scope *scope);
