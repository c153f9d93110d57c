/* SPDX-License-Identifier: Apache-2.0 */
/*
 * describe/prune_filter.h - door: the filters of container, image, network and system prune.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct error;
struct pair;
struct strvec;

/* ERROR_INVALID: no such filter. */
int prune_filter_check(const struct strvec *filters, struct error *err);
/* Do all of them fit an object that was created at @created (RFC 3339) and has these labels? */
bool prune_filter_fits(const struct strvec *filters, const char *created, const struct pair *labels,
		       size_t count);
