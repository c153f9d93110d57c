/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/model/validate.h - does the model fit together?
 *
 * Every enabled service is looked at, also when only another one was asked for.
 */
#pragma once

struct arena;
struct problems;
struct project;

void validate_project(const struct project *project, struct arena *arena,
		      struct problems *problems);
