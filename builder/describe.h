/* SPDX-License-Identifier: Apache-2.0 */
/*
 * builder/describe.h - the lines of a stage, one after the other: its configuration, variables and
 * history, and the steps that make its layers. Everything that can be refused is refused here.
 */
#pragma once

struct build;
struct error;

/* All stages that the target needs; their bases are known. */
int describe_stages(struct build *build, struct error *err);
