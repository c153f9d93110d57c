/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/apply/provider_metadata.h - what a provider's program says of itself: "compose metadata".
 */
#pragma once

#include "base/json.h"

#include <stdbool.h>

struct error;
struct node;

/* NULL when it says nothing that is understood: it is told everything then. */
json *provider_metadata_ask(char *program, char *const *env);
/* Is @verb among its verbs? Without metadata "up" and "down" alone are. */
bool provider_metadata_has(json *metadata, const char *verb);
/* Does @verb take this option? */
bool provider_metadata_takes(json *metadata, const char *verb, const char *option);
/* Are all that @verb requires among @options? */
int provider_metadata_check(json *metadata, const char *verb, const char *type,
			    const struct node *options, struct error *err);
