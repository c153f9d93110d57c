/* SPDX-License-Identifier: Apache-2.0 */
/*
 * builder/output_files.h - the files of the result, without an image around them.
 */
#pragma once

struct build;
struct error;
struct layer_stack;

int output_files_tar(const struct build *build, const struct layer_stack *layers, int fd,
		     struct error *err);
/* Into a directory, which is made; what is there and has the same name is replaced. */
int output_files_local(const struct build *build, const struct layer_stack *layers,
		       const char *path, struct error *err);
