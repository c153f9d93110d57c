/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/build_cache/build_place.h - where the build cache of somebody else is: an OCI image
 * layout in a directory, or a name in a registry. Blobs and one manifest, for both in the same
 * words.
 *
 * Nothing that is read is trusted: whoever reads checks digests.
 */
#pragma once

#include "base/digest.h"
#include "storage/image/manifest.h"

#include <stdint.h>

struct error;
struct registry;
struct strbuf;

struct build_place_wish {
	const char *type;      /* "local", "registry" */
	const char *where;     /* a directory; a reference */
	const char *transport; /* for a registry */
	bool is_written;       /* else it is only read */
};

struct build_place {
	int fd; /* the directory; -1 */
	struct registry *registry;
	char *tag;
};

#define auto_build_place __attribute__((cleanup(build_place_close)))
#define BUILD_PLACE_CLOSED                                                                         \
	{                                                                                          \
		.fd = -1                                                                           \
	}
/* ERROR_INVALID: what is no place. A directory that is written is made. */
int build_place_open(struct build_place *place, const struct build_place_wish *wish,
		     struct error *err);
void build_place_close(struct build_place *place);

/* ERROR_NOT_FOUND: there is none. */
int build_place_get_manifest(struct build_place *place, struct strbuf *text, struct error *err);
/* Into an empty file; its digest is right then. */
int build_place_get_blob(struct build_place *place, const struct descriptor *descriptor, int fd,
			 struct error *err);
/* From a file, unless it is there. */
int build_place_put_blob(struct build_place *place, const struct descriptor *descriptor, int fd,
			 struct error *err);
int build_place_put_manifest(struct build_place *place, const struct strbuf *text,
			     struct error *err);
