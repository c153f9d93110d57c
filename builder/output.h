/* SPDX-License-Identifier: Apache-2.0 */
/*
 * builder/output.h - where the result of a build goes.
 */
#pragma once

struct build;
struct error;

/* Refused before anything is built: places that cannot be written to. */
int output_check(struct build *build, struct error *err);
/* All that were asked for; without any, the store. */
int output_write(struct build *build, struct error *err);
