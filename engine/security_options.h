/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine/security_options.h - door: `security_opt`: seccomp, AppArmor, no-new-privileges, …
 */
#pragma once

struct arena;
struct container_config;
struct error;

/* Of "NAME=VALUE" or "NAME:VALUE"; without any, the defaults. A seccomp profile that is a relative
 * path lies below @directory. */
int security_options_set(struct container_config *config, char *const *options,
			 const char *directory, struct arena *arena, struct error *err);
