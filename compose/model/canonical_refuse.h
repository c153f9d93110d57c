/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/model/canonical_refuse.h - a value of the wrong kind.
 */
#pragma once

struct node;
struct walk;

/* Notes that @node must be @allowed ("a string", "a list"), with a hint how to write it where that
 * is clear, and gives the null that stands for it. */
struct node *canonical_refuse(struct walk *walk, const struct node *node, const char *allowed);
