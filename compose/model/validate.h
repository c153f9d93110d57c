/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/model/validate.h - does the model fit together?
 *
 * What is asked for is looked at ("services.web", "networks.front"), and nothing else.
 */
#pragma once

struct arena;
struct map;
struct problems;
struct project;

void validate_project(const struct project *project, const struct map *asked, struct arena *arena,
		      struct problems *problems);
