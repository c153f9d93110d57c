/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/model/canonical_pairs.h - mappings and lists of NAME=value and HOST=IP in their one form.
 * Not a door; compose/model/canonical.h uses it.
 */
#pragma once

struct field;
struct node;
struct walk;

/* KIND_PAIRS: a mapping of strings and nulls. */
struct node *canonical_pairs(struct walk *walk, const struct field *field, struct node *node);
/* An integer as a string of decimal digits; what is none stays as it is. */
struct node *canonical_number(struct walk *walk, struct node *node);
/* KIND_HOSTS: a list of HOST=IP. */
struct node *canonical_hosts(struct walk *walk, const struct field *field, struct node *node);
