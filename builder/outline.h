/* SPDX-License-Identifier: Apache-2.0 */
/*
 * builder/outline.h - the lines of a Dockerfile that a build goes through, for whoever counts them.
 */
#pragma once

struct build;
struct error;

/* Tells the request's @planned. The stages are described. Never fails. */
int outline_tell(struct build *build, struct error *err);
