/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/model/normalize_tree.h - what normalize.h does, as far as a tree with its variables can
 * have it: for `config --no-interpolate`.
 */
#pragma once

struct arena;
struct node;

/* The default network for who joins no other, and the names of resources. */
void normalize_tree(struct node *root, const char *project, struct arena *arena);
