/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/model/merge.h - override files and extends: one canonical tree over another, by the
 * table.
 *
 * Works in place on the base; both trees must be canonical (compose/model/canonical.h) and belong
 * to nobody else.
 */
#pragma once

struct field;
struct node;
struct shape;
struct walk;

/* Removes from @base whatever @over has as !reset or !override. */
void merge_apply_tags(struct node *base, const struct node *over);
/* Removes !reset members of @node and forgets !override. */
void merge_strip_tags(struct node *node);
/* Merges the members of @over into @base; problems (a list over a mapping) are noted. */
void merge_map(struct walk *walk, const struct shape *shape, struct node *base, struct node *over);
/* Of list items that are the same by the row's rule, the last stands at the first's place. */
void merge_drop_duplicates(const struct field *field, struct node *list);
