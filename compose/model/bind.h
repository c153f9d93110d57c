/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/model/bind.h - between canonical trees and the model's structs, by the table.
 */
#pragma once

#include <stdbool.h>

struct arena;
struct node;
struct shape;
struct walk;

/* Gives every member of @object its "not given" value (compose/model/model.h). */
void bind_defaults(const struct shape *shape, void *object);
/* Fills @object from @map; checks types, bounds, words and required members. */
void bind_map(struct walk *walk, const struct shape *shape, const struct node *map, void *object);

struct unbind {
	struct arena *arena;
	bool is_json;  /* as Docker Compose does: null commands, x-… only of the project */
	bool for_hash; /* without what does not shape the container, and without x-… */
};
/* The mapping that @object prints as; keys of mappings that a file makes up are sorted. */
struct node *unbind_object(const struct unbind *unbind, const struct shape *shape,
			   const void *object);
