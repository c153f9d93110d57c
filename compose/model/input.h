/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/model/input.h - what the command line names: files, standard input, a shell's <(…).
 *
 * Files that compose files name are read with file_read, which takes regular ones only: a FIFO must
 * not keep a command waiting. Not a door.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct error;
struct strbuf;

/* Appends all of @path, at most @limit bytes; the pipe behind /dev/fd/63, too. */
int input_read(const char *path, size_t limit, struct strbuf *text, struct error *err);
/* The same of standard input, however often it is asked for: it can be read once only. */
int input_read_standard(size_t limit, struct strbuf *text, struct error *err);
/* /dev/null, or a link to it: what is written for "no file". */
bool input_is_null(const char *path);
