/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/image/image_make.h - door: a new image, on top of another one or of nothing, with one
 * more layer.
 *
 * Everything is staged first. image_make_finish unpacks what is not unpacked, puts blobs and layers
 * into place, and writes the name in index.json last: a kill before leaves nothing that is visible.
 */
#pragma once

#include "base/digest.h"
#include "base/json.h"
#include "storage/image/blob.h"

struct arena;
struct compress_writer;
struct error;

struct image_make_layer {
	struct blob_file file;
	const char *media_type;
};

struct image_make {
	const struct layout *layout;
	struct arena *arena;
	struct staging staging;
	struct image_make_layer *layers; /* bottom first */
	size_t layer_count;
	char *name;	/* a full reference; NULL: it gets none */
	json *document; /* the image's config; the caller fills it in */
};

#define auto_image_make __attribute__((cleanup(image_make_release)))
/* @name: what the image shall be called, in any form, or NULL. ERROR_INVALID: a digest is none. */
int image_make_begin(struct image_make *make, const struct layout *layout, const char *name,
		     struct arena *arena, struct error *err);
void image_make_release(struct image_make *make);
/* Starts from the image with this id: its layers and its config. ERROR_NOT_FOUND. */
int image_make_take_parent(struct image_make *make, const char *image_id, struct error *err);
/* A document without layers, for this platform. */
void image_make_scratch(struct image_make *make, const char *os, const char *architecture,
			const char *variant);

/* One more layer, from plain bytes as they come; its form is a tar_writer_sink's. */
struct image_make_writer {
	struct image_make *make;
	struct blob_writer blob;
	struct blob_file file;
	struct compress_writer *gzip;
	struct digest plain;
};

int image_make_open_layer(struct image_make *make, struct image_make_writer *writer,
			  struct error *err);
int image_make_write(void *writer, const void *bytes, size_t length, struct error *err);
int image_make_close_layer(struct image_make_writer *writer, struct error *err);
/* Gives up; fine after closing. */
void image_make_drop_layer(struct image_make_writer *writer);
/* A staged blob as it is becomes the next layer. */
void image_make_add_layer(struct image_make *make, const struct blob_file *file,
			  const char *media_type, const char *diff_hex);

/* What is noted about this step; created now. NULL: not said. */
struct image_make_note {
	const char *created_by, *author, *comment;
	bool has_no_layer;
};
void image_make_add_history(struct image_make *make, const struct image_make_note *note);

/* @id gets "sha256:HEX". */
int image_make_finish(struct image_make *make, char id[80], struct error *err);
