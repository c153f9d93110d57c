/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/model/paths.h - relative paths of a compose file made absolute.
 *
 * Everything here is text: nothing is opened. Absolute paths stay, so that resolving twice against
 * different directories (a base file's, then the project's) does no harm.
 */
#pragma once

struct node;
struct shape;
struct walk;

/* All paths below @node, which is a canonical tree of @shape. With keep_variables, texts that start
 * with a variable stay. */
void paths_rebase(struct walk *walk, const struct shape *shape, struct node *node,
		  const char *directory);
