/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine/adopt.h - finishes what a killed command or monitor left behind.
 */
#pragma once

#include "engine/engine.h"

#include <stdbool.h>

/* A container that should have a monitor (running, paused, restarting) and has none gets a fresh
 * one; a start that was killed half-way is undone. Cheap when all is well: one lock attempt. */
void adopt_if_abandoned(struct engine *engine, const char *id);
/* container.json cannot be read. True when its monitor, which knows the container by heart, has
 * written it again. */
bool adopt_repair(struct engine *engine, const char *id);
