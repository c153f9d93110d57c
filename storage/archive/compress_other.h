/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/archive/compress_other.h - decoding xz and bzip2, which image layers do not have.
 *
 * Several streams behind each other are one, as the tools of these formats have it. Memory is
 * bounded: xz may want a dictionary of 64 MiB (its -9), bzip2 has 900 kB blocks at most.
 */
#pragma once

#include "storage/archive/compress.h"

#include <stdbool.h>

struct compress_other;

/* One call's input and output; what was used is taken off. */
struct compress_step {
	const unsigned char *in;
	size_t in_length;
	unsigned char *out;
	size_t out_length;
	bool is_last; /* no more input comes behind @in */
};

struct compress_other *compress_other_open(enum compress_kind kind);
/* 1 at the end, 0: go on. An error says "the xz data is damaged". */
int compress_other_run(struct compress_other *other, struct compress_step *step, struct error *err);
void compress_other_close(struct compress_other *other); /* NULL is fine */
