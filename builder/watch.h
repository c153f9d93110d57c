/* SPDX-License-Identifier: Apache-2.0 */
/*
 * builder/watch.h - what takes long in this process ends when the caller wants no more of the
 * build.
 */
#pragma once

struct build;
struct source;

/* Reading contents of its files: ECANCELED. */
void watch_source(struct build *build, struct source *source);
