/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runtime/cgroup_settings.h - all that a specification's resources say as lines for files of one
 * cgroup; private to cgroup*.c.
 */
#pragma once

#include <stdbool.h>

struct error;
struct spec_resources;

/* Writes all limits that are set. A controller that is missing is a warning, but an error for what
 * names its file itself ("unified"); so is a value that the kernel refuses. */
int cgroup_settings_apply(int cgroup_fd, const struct spec_resources *resources, struct error *err);
/* The same, all or nothing. */
int cgroup_settings_change(int cgroup_fd, const struct spec_resources *resources,
			   struct error *err);
/* Does any limit that is set need this controller? */
bool cgroup_settings_need(const struct spec_resources *resources, const char *controller);
/* Calls @each for all that is set: the file, and what to write, a line a write. */
void cgroup_settings_each(const struct spec_resources *resources,
			  void (*each)(void *data, const char *file, const char *text), void *data);
