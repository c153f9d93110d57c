/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runtime/id_maps.h - which ids of a user namespace are which of the host's. Everything here runs
 * in the parent.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct error;
struct spec_id_maps;

/* Of a child that is in a user namespace without any yet. */
int id_maps_write(pid_t pid, const struct spec_id_maps *uids, const struct spec_id_maps *gids,
		  struct error *err);
/* A user namespace that has these and no process: a descriptor, for mounts. */
int id_maps_open(const struct spec_id_maps *uids, const struct spec_id_maps *gids,
		 struct error *err);
/* The host's id of one inside; false when there is none. */
bool id_maps_find(uint32_t *outside, const struct spec_id_maps *maps, uint32_t inside);
