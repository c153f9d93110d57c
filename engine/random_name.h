/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine/random_name.h - names for containers that nobody has named: "calm_hypatia".
 */
#pragma once

struct arena;
struct engine;

/* One that no container has at this moment. */
const char *random_name(struct engine *engine, struct arena *arena);
