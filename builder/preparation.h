/* SPDX-License-Identifier: Apache-2.0 */
/*
 * builder/preparation.h - what a build and a check have in common: what the caller gave, the
 * context, the Dockerfile, the arguments that all of it sees.
 */
#pragma once

struct build;
struct error;

/* Fills a build of which engine, request, arena and hold are set, and nothing is open. */
int preparation_open(struct build *build, struct error *err);
/* Also when that has failed. */
void preparation_close(struct build *build);
