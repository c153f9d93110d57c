/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/image/load_source.h - the files of an image archive or an OCI layout directory, by name.
 *
 * An archive comes as a stream in any order, manifest.json perhaps last: all of it goes into the
 * staging directory, hashed on its way. Files of a directory are taken over when asked for. What
 * the store has already is neither read nor written again where the archive names its digest.
 */
#pragma once

#include "base/arena.h"
#include "base/map.h"
#include "storage/image/blob.h"
#include "storage/staging.h"

#include <stdbool.h>

struct error;
struct strbuf;

struct load_source {
	const struct staging *staging;
	struct arena arena;
	struct map files;	  /* clean name -> struct load_file */
	int directory_fd;	  /* -1: an archive */
	int64_t total;		  /* bytes put into staging */
	void (*took)(void *data); /* some more of them; NULL: nobody looks */
	void *data;
};

#define auto_load_source __attribute__((cleanup(load_source_release)))
void load_source_init(struct load_source *source, const struct staging *staging);
void load_source_release(struct load_source *source);
/* Reads a whole archive. */
int load_source_read(struct load_source *source, int fd, struct error *err);
int load_source_open_directory(struct load_source *source, const char *path, struct error *err);

/* 1 with @file, 0 when there is no such file. Links of an archive are followed. */
int load_source_find(struct load_source *source, const char *name, struct blob_file **file,
		     struct error *err);
/* The same for blobs/sha256/HEX, and the content is what the name says. */
int load_source_find_blob(struct load_source *source, const char *hex, struct blob_file **file,
			  struct error *err);
int load_source_read_document(struct load_source *source, const struct blob_file *file,
			      struct strbuf *out, struct error *err);
