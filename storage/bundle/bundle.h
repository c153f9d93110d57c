/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/bundle/bundle.h - door: a project as one archive, which is an image archive, too.
 *
 * First comes coracle/bundle.json, which says the digest of everything behind it: files of the
 * project below coracle/project/, and of the images index.json, manifest.json and oci-layout, which
 * name their blobs by digest. So one signature, coracle/bundle.sig of coracle/bundle.json's bytes,
 * speaks for all of it. Other readers of image archives pass over coracle/.
 */
#pragma once

#include "base/digest.h"
#include "storage/layout.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct arena;
struct error;
struct image_document;
struct image_load;

#define BUNDLE_COMPOSE "compose.yaml" /* always the first file */
/* What one may hold: all files of the project. */
#define BUNDLE_MOST_FILES ((size_t)20000)
#define BUNDLE_MOST_BYTES ((int64_t)1 << 30)

/* A file or folder of the project. */
struct bundle_file {
	const char *path; /* relative, clean */
	mode_t mode;	  /* permissions */
	bool is_folder;
	const char *text; /* its content, of @size; NULL: that of the file @source */
	const char *source;
	int64_t size;
	char hex[DIGEST_HEX_SIZE];
};

struct bundle_write {
	const char *project;
	char *const *images;	   /* references, NULL-terminated, at least one */
	struct bundle_file *files; /* sizes and digests are filled in */
	size_t count;
	const char *key; /* path of a private key; NULL: it is not signed */
};
/* Writes all of it. The same project, images and key give the same bytes. */
int bundle_write(const struct layout *layout, const struct bundle_write *request, int fd,
		 struct error *err);

/* The same files, of any @count, below @folder; what is there already is written over. */
int bundle_write_folder(const struct bundle_file *files, size_t count, const char *folder,
			struct error *err);

/* One that was opened; memory is the arena's. */
struct bundle {
	int fd; /* the caller's, and seekable */
	const char *project;
	const char *compose; /* what compose.yaml says */
	struct bundle_file *files;
	size_t count;
	char **images, **digests;		/* names, and "sha256:…" of their manifests */
	const struct image_document *documents; /* index.json, manifest.json, oci-layout */
	size_t document_count;
	char hex[DIGEST_HEX_SIZE];	 /* of bundle.json */
	char files_hex[DIGEST_HEX_SIZE]; /* of the files alone: the same files, the same place */
	/* Set by who wants to know that more of the files was unpacked; NULL. */
	void (*tick)(void *data);
	void *data;
};

/* 1: it is one; 0: it is something else, as an image archive or a compose file is. With @key (a
 * path) it must be signed by it: ERROR_DENIED. ERROR_INVALID: it is damaged, or hostile. */
int bundle_open(struct bundle *bundle, int fd, const char *key, struct arena *arena,
		struct error *err);
/* Where its files are, or would be: ROOT/bundles/PROJECT/HEX. */
const char *bundle_place(const struct bundle *bundle, const char *root, struct arena *arena);
/* Puts them there unless they are. Nothing appears there before all of it was found to be as
 * bundle.json says. 1: it has; 0: they were there. */
int bundle_unpack(const struct bundle *bundle, const struct layout *layout, struct error *err);
/* What was unpacked stays where it is until the descriptor is closed. -1: it has gone, unpack it.
 */
int bundle_hold(const struct bundle *bundle, const struct layout *layout);
/* Takes back what bundle_unpack has just put there, unless somebody holds it. */
void bundle_forget(const struct bundle *bundle, const struct layout *layout);

/* What was unpacked. */
struct bundle_place {
	const char *project;
	const char *hex;    /* of the files */
	const char *path;   /* absolute */
	int64_t modified_s; /* when it was unpacked */
	int64_t bytes;	    /* of all that is in it now */
	/* bundle_place_remove: a path in it that is not as it was unpacked; NULL: all are. */
	const char *changed;
	const char *problem; /* it is not whole; NULL */
};
struct bundle_places {
	struct bundle_place *items; /* by project and hex */
	size_t count;
};
int bundle_place_list(const struct layout *layout, struct bundle_places *list, struct arena *arena,
		      struct error *err);
/* Removes it, unless somebody holds it, or something in it has changed.
 * 1: it is gone; 0: it stays. */
int bundle_place_remove(const struct layout *layout, struct bundle_place *place,
			struct arena *arena, struct error *err);

/* Are all images here, exactly as they are in it? */
bool bundle_has_images(const struct bundle *bundle, const struct layout *layout);
/* Sets what image_load has to hold them against. */
void bundle_expect(const struct bundle *bundle, struct image_load *load);
