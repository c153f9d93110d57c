/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/describe.h - objects as JSON: rows of list commands, and documents shaped as Docker's
 * `inspect` shapes them. The caller owns what is returned (auto_json).
 */
#pragma once

#include "base/json.h"

#include <stdbool.h>

struct container;
struct engine;
struct error;
struct image;
struct network;
struct volume;

/* A row of ps and container ls. Long texts and ids are cut unless @is_full. */
json *describe_container_row(const struct container *container, bool is_full);
json *describe_container(const struct container *container, const struct engine *engine);
/* A row of `image ls`; @name is one of its references, NULL for none. */
json *describe_image_row(const struct image *image, const char *name, bool is_full);
json *describe_image(const struct engine *engine, const struct image *image, struct error *err);
json *describe_network(const struct network *network);
json *describe_volume(const struct volume *volume);

/* "redis", "7" of "docker.io/library/redis:7"; "<none>" where there is none. Appends both. */
void describe_split_reference(json *object, const char *reference);
/* Makes an object member "a=b,c=d", as list commands show labels. */
void describe_flatten(json *row, const char *name);
/* The first 12 digits behind "sha256:"; 13 bytes. */
void describe_short_id(char out[13], const char *id);
