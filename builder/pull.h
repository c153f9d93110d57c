/* SPDX-License-Identifier: Apache-2.0 */
/*
 * builder/pull.h - the image of a FROM comes from its registry, as a step of its own.
 */
#pragma once

struct build;
struct error;
struct stage;

int pull_base(struct build *build, const struct stage *stage, struct error *err);
