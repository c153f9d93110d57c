/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api/prune.h - what the prune endpoints have in common.
 */
#pragma once

#include "base/json.h"

#include <stdbool.h>

struct pruning;
struct request;
struct strvec;

/* A list of texts; null for none, as Docker has it. */
json *prune_list(const struct strvec *texts);
/* {NAME: what was removed, "SpaceReclaimed"} */
void prune_answer(struct request *request, const char *name, const struct pruning *pruning);
/* Takes a filter away that is a switch: what it says, or @fallback. */
bool prune_take_flag(struct strvec *filters, const char *name, bool fallback);
