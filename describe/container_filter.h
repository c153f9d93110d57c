/* SPDX-License-Identifier: Apache-2.0 */
/*
 * describe/container_filter.h - door: the filters of container ls. All must fit; of several names
 * or states one.
 */
#pragma once

#include <stdbool.h>

struct container;
struct error;
struct strvec;

/* ERROR_INVALID for what is none of label=, name= and status=. */
int container_filter_check(const struct strvec *filters, struct error *err);
bool container_filter_fits(const struct strvec *filters, const struct container *container);
/* Does one of them ask for a state? */
bool container_filter_asks_status(const struct strvec *filters);
