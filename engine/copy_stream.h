/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine/copy_stream.h - files from one place to another as a tar stream through a pipe: a forked
 * child reads the source, this process writes the target.
 */
#pragma once

struct error;
struct tar_extract;

/* Writes the archive to @fd; runs in the child. */
typedef int copy_stream_write(const void *data, int fd, struct error *err);

/* What the reader could not read counts more than that the stream ended too early. */
int copy_stream_run(copy_stream_write *write, const void *data, struct tar_extract *extract,
		    struct error *err);
