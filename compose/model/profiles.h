/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/model/profiles.h - which services are enabled.
 */
#pragma once

struct arena;
struct environment;
struct project;
struct project_request;

/* Sorts the services by name and moves those without an active profile to `disabled`. */
void profiles_apply(struct project *project, const struct project_request *request,
		    struct environment *environment, struct arena *arena);
