/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine/mount_text.h - door: "[SOURCE:]TARGET[:OPTIONS]", as `-v` of the command line has mounts.
 */
#pragma once

#include <stdbool.h>

struct arena;
struct container_mount;
struct error;

/* A source that begins as a path does is one, below @directory when it is relative; any other is a
 * volume's name. ERROR_INVALID. */
int mount_text_parse(struct container_mount *mount, const char *text, const char *directory,
		     struct arena *arena, struct error *err);
bool mount_text_is_propagation(const char *text);
