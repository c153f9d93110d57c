/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/image/image_event.h - what happens to an image, told with the attributes of Docker's
 * events: its name, then its labels.
 */
#pragma once

#include <stddef.h>

struct layout;
struct pair;

/* An image that is in the store, by its id. @name NULL: the id. */
void image_event(const struct layout *layout, const char *action, const char *id, const char *name);
/* "tag": it has been given that name, a full reference; NULL: none. */
void image_event_named(const struct layout *layout, const char *id, const char *full);
/* As image_event for somebody who knows its labels: the store need not be read. */
void image_event_labelled(const char *action, const char *id, const char *name,
			  const struct pair *labels, size_t label_count);
/* pull, push: Docker's events of these are about a name. @full is a full reference. */
void image_event_transfer(const struct layout *layout, const char *action, const char *full);
/* untag, delete: what has gone has no labels. */
void image_event_gone(const char *action, const char *id, const char *name);
