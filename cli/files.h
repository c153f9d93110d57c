/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/files.h - what cp, export, import, load and save have in common: where their bytes go or
 * come from.
 */
#pragma once

#include "cli/command.h"

struct container;

/* What is wrong with @path itself is FACT_OF_CLIENT. */

/* Runs @write with a descriptor for @path (base/file_output.h), or for standard output (NULL or
 * "-"; no terminal). */
typedef int files_writer(struct invocation *invocation, void *data, int fd, struct error *err);
int files_write_output(struct invocation *invocation, const char *path, files_writer *write,
		       void *data, struct error *err);
/* Opens @path, or standard input for "-" (no terminal). Returns a descriptor to close. */
int files_open_input(const char *path, struct error *err);
