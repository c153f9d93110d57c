/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/near.h - an object that is not there, and one that may have been meant.
 */
#pragma once

struct error;
struct invocation;

/* "; did you mean 'shop_data'?" behind an error that states that an object is not there: the one
 * whose name differs in a letter or two, or has the project's name before or a number behind. */
void near_add(const struct invocation *invocation, struct error *err);
