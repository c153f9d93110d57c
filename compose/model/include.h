/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/model/include.h - models that a file includes.
 *
 * An included model has a directory and a .env of its own; what depends on them (paths, variables
 * of secrets, null environment entries) is settled here, before it is merged.
 */
#pragma once

struct node;
struct scope;

/* Loads everything @include names, merged, as one canonical tree without `name`; *tree stays NULL
 * when there is nothing. */
int include_load(const struct scope *scope, const struct node *include, struct node **tree);
