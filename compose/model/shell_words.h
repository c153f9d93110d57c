/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/model/shell_words.h - a command that is one text to its words.
 *
 * No shell reads it: only quotes and backslashes mean something, as in Docker Compose.
 */
#pragma once

struct node;
struct walk;

/* A list; NULL after a problem was noted: an open quote, a parenthesis. */
struct node *shell_words_split(struct walk *walk, const struct node *node);
