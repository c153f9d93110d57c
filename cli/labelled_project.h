/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/labelled_project.h - a project without its files at hand: a stack by what is written down of
 * it, any other by its containers, whose labels say which compose files it was made from.
 */
#pragma once

struct error;
struct invocation;
struct project;

/* Loads what invocation->project_name's containers were made from. *@services is what a command is
 * about; NULL gets those that have containers. ERROR_NOT_FOUND: it has no container. */
int labelled_project_load(struct invocation *invocation, char ***services, struct project *project,
			  struct error *err);
