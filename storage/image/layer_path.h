/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/image/layer_path.h - from names in a tar to descriptors of directories within the layer.
 *
 * A link of this layer on the way is followed, clamped to the root; what is missing is made and
 * noted as implied. Nothing outside the layer's directory can be reached.
 */
#pragma once

#include "storage/image/layer.h"

#include <sys/stat.h>

/* Where an entry goes. */
struct layer_place {
	int parent_fd;	    /* borrowed from the cache: good until the next lookup */
	struct strbuf path; /* canonical, "" for the root */
	const char *name;   /* last component within path; NULL for the root */
};

#define auto_place __attribute__((cleanup(layer_path_release)))
void layer_path_release(struct layer_place *place);

/* Removes ".", ".." and slashes from an entry's name; malloc'ed, "" for the root. Leaving the root
 * is ERROR_INVALID. */
char *layer_path_clean(const char *name, struct error *err);
/* Finds the place of a cleaned @name. 1; 0 only without @create: a directory on the way is
 * missing. */
int layer_path_find(struct layer *layer, const char *name, bool create, struct layer_place *place,
		    struct error *err);
/* After another lookup: the descriptor of a place that was found before. The one of that lookup
 * stays good. */
int layer_path_again(struct layer *layer, struct layer_place *place, struct error *err);
/* Makes the directory (or finds it); 1: it is new. A whiteout of its name makes it opaque. */
int layer_path_make_directory(struct layer *layer, const struct layer_place *place, mode_t mode,
			      struct error *err);
/* Something else takes the place of a hard link that waits for layer_finish. */
void layer_path_drop_link(struct layer *layer, const char *path);
/* Makes way for an entry that is not a directory. */
int layer_path_clear(struct layer *layer, const struct layer_place *place, struct error *err);
int layer_path_set_opaque(struct layer *layer, const char *path, int fd, struct error *err);
/* Refuses when too much would have to be remembered. */
int layer_path_check_tracked(const struct layer *layer, struct error *err);
bool layer_path_is_whiteout(const struct stat *status);
void layer_path_forget(struct layer *layer);
