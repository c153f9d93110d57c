/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/apply/recreation.h - successors: containers that wait for the place of another one.
 */
#pragma once

struct arena;
struct convergence;
struct error;

/* What one side is called as long as @other has the @name. */
const char *recreation_name(const char *other, const char *name, struct arena *arena);
/* A recreation that was killed: as long as the old container is there, its successor has never
 * run and goes; when only the name was missing, it gets it. */
int recreation_finish(struct convergence *convergence, struct error *err);
