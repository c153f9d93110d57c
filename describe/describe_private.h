/* SPDX-License-Identifier: Apache-2.0 */
/*
 * describe/describe_private.h - what the descriptions of objects share.
 */
#pragma once

#include "base/json.h"

#include <stddef.h>

struct container;
struct engine;

const char *describe_text_or(const char *text, const char *fallback);
json *describe_container_mounts(const struct container *container, const struct engine *engine);
/* Compose's "Publishers": what is published, and what is only exposed with 0. */
json *describe_publishers(const struct container *container);
