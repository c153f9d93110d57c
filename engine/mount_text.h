/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine/mount_text.h - door: "[SOURCE:]TARGET[:OPTIONS]", as `-v` of the command line has mounts.
 */
#pragma once

#include <stdbool.h>

struct arena;
struct container_mount;
struct error;

/* A source that begins as a path does is one, below @directory when it is relative (NULL:
 * such are refused); any other is a volume's name. ERROR_INVALID. */
int mount_text_parse(struct container_mount *mount, const char *text, const char *directory,
		     struct arena *arena, struct error *err);
bool mount_text_is_propagation(const char *text);
/* What is wrong with a mount that was given field by field, in Docker's words; NULL: nothing. */
const char *mount_text_find_fault(const struct container_mount *mount);
