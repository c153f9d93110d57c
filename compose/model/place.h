/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/model/place.h - where in the files an attribute of the model stands.
 *
 * The model has no places of its own; the tree that it was filled from does. What checks a model
 * names the way to what it finds wrong: place_find(project->tree, WAY(KEY("services"), KEY(name),
 * KEY("ports"), ITEM(1))).
 */
#pragma once

#include "compose/model/model.h"

struct node;
struct strbuf;

/* A key, or the item of a list. */
struct step {
	const char *key;
	size_t item; /* counted from 1 */
};

/* clang-format off */
#define KEY(name)   {.key = (name)}
#define ITEM(index) {.item = (index) + 1}
#define WAY(...)    ((const struct step[]){__VA_ARGS__, {0}})
/* clang-format on */

/* The value's place when it is a scalar or stands in a list, else its key's. Where the way ends too
 * early (a short form, a default) it is the place of the last thing that is there. */
struct location place_find(const struct node *tree, const struct step *way);
/* Appends "services.web.ports[1]". */
void place_format(struct strbuf *out, const struct step *way);
