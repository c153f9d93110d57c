/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/model/normalize.h - what a model means without saying it: defaults, names, implied edges.
 */
#pragma once

struct arena;
struct project;

/* Service by service: before profiles. */
void normalize_project(struct project *project, struct arena *arena);
/* The implicit network of enabled services that name none: after profiles. */
void normalize_default_network(struct project *project, struct arena *arena);
