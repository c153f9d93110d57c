/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/words.h - a command line in one option value, cut as a POSIX shell would, nothing expanded.
 */
#pragma once

struct error;
struct strvec;

/* ERROR_INVALID: a quote does not end. */
int words_split(struct strvec *words, const char *text, struct error *err);
