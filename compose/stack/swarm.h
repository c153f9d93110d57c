/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/stack/swarm.h - door: the swarm of one host. Nothing needs it: stacks run without. But
 * scripts make one, and ask whether there is one.
 */
#pragma once

#include <stdbool.h>

struct error;
struct layout;

/* As swarm's ids are: 25 letters and digits. Always the same on this host. */
#define SWARM_ID_SIZE 26
void swarm_node_id(char id[SWARM_ID_SIZE], const struct layout *layout);
void swarm_cluster_id(char id[SWARM_ID_SIZE], const struct layout *layout);
/* Between `swarm init` and `swarm leave`. */
bool swarm_is_active(const struct layout *layout);
/* ERROR_CONFLICT: it is so already. */
int swarm_enter(const struct layout *layout, struct error *err);
int swarm_leave(const struct layout *layout, struct error *err);
