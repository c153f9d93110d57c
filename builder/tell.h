/* SPDX-License-Identifier: Apache-2.0 */
/*
 * builder/tell.h - how a build goes, for whoever wanted to know.
 */
#pragma once

#include <stdint.h>

struct build;
struct build_event;
struct error;

/* The time is added. */
void tell_event(const struct build *build, const struct build_event *event);
/* Of what is no step of the Dockerfile: "[internal] …", "exporting to image". Returns its number.
 */
int tell_begin(struct build *build, const char *name);
void tell_end(const struct build *build, int number, const char *name, int64_t begun_ns);
void tell_failure(const struct build *build, int number, const char *name, const struct error *err);
