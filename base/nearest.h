/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/nearest.h - the word that somebody may have meant.
 */
#pragma once

/* The one of @candidates (NULL-terminated) that differs from @word in a letter or two, whatever
 * their case; NULL: none is near. */
const char *nearest_word(const char *word, const char *const *candidates);
