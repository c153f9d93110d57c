/* SPDX-License-Identifier: Apache-2.0 */
/*
 * builder/bases.h - what stages are built on: images of the store, or pulled ones; contexts; and
 * the triggers that come with them.
 */
#pragma once

struct build;
struct error;

/* For all that the target needs, which triggers may make more. */
int bases_resolve(struct build *build, struct error *err);
void bases_release(struct build *build);
