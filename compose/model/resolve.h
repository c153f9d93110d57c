/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/model/resolve.h - one path of a compose file made absolute.
 */
#pragma once

#include <stdbool.h>

struct walk;

/* Against @directory; "~" and "~/x" against the home directory. */
char *resolve_path(struct walk *walk, const char *directory, const char *path);
/* A URL, "service:x", "docker-image://x", "git@host:x": not a path. */
bool resolve_is_remote(const char *text);
