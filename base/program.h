/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/program.h - why a program of ours cannot be executed.
 *
 * One that misses a shared library is executed all right, and its loader then ends it with 127: who
 * started it sees only that it has gone.
 */
#pragma once

struct error;

/* Executes it without arguments, by which our helpers end at once. 0: it can be. -1: why not, with
 * what its loader says. For when it has gone without a word. */
int program_try(const char *path, struct error *err);
