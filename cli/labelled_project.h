/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/labelled_project.h - a project by its containers alone: their labels say which compose files
 * it was made from.
 */
#pragma once

struct error;
struct invocation;
struct project;

/* Loads the files that invocation->project_name's containers were made from. *@services is what a
 * command is about; NULL gets those that have containers. ERROR_NOT_FOUND: it has no container. */
int labelled_project_load(struct invocation *invocation, char ***services, struct project *project,
			  struct error *err);
