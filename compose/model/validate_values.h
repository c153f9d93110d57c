/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/model/validate_values.h - texts with a form of their own: addresses, capabilities,
 * signals, CPU sets. Not a door.
 *
 * Docker finds these mistakes when it makes the container; here they have a place in the file. An
 * empty text (a variable that is not set) is left to whom makes something of it.
 */
#pragma once

struct check;
struct project;
struct project_network;
struct problems;

void validate_values(struct check *check);
/* The addresses of its ipam. */
void validate_network_values(const struct project *project, const struct project_network *network,
			     struct problems *problems);
