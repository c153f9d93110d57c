/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/model/extends.h - services that extend others, of the same file or another one.
 */
#pragma once

struct node;
struct scope;
struct source;

/* Replaces every service of the canonical @document that has `extends` by the merged one.
 * @earlier (may be NULL) is what the files before this one made: bases may stand there too. */
int extends_resolve(const struct scope *scope, const struct source *source, struct node *document,
		    const struct node *earlier);
