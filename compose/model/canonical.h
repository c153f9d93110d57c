/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/model/canonical.h - a document's tree checked against the table and in its long form.
 *
 * Afterwards lists of objects hold mappings, commands are lists, environment and labels mappings,
 * extra_hosts lists: merging and filling the model see one form only. What is wrong is noted and
 * becomes null, so that the phases behind this one do not stumble over it again.
 */
#pragma once

struct node;
struct shape;
struct walk;

void canonical_map(struct walk *walk, const struct shape *shape, struct node *map);
