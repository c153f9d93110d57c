/* SPDX-License-Identifier: Apache-2.0 */
/*
 * describe/volume_filter.h - door: the filters of `volume ls` and `volume prune`.
 *
 * Several of one kind: one must fit (labels: all). Of different kinds all must fit.
 */
#pragma once

#include "base/strvec.h"

#include <stdbool.h>

struct error;
struct map;
struct volume;

/* ERROR_INVALID for what is none of @names (NULL-terminated, sorted: "label"). */
int volume_filter_check(const struct strvec *filters, const char *const *names, struct error *err);
/* @used: volumes that containers mount; NULL when no filter asks. */
bool volume_filter_fits(const struct strvec *filters, const struct volume *volume,
			const struct map *used);
/* Does one of them ask whether a volume is used? */
bool volume_filter_needs_use(const struct strvec *filters);
