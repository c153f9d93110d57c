/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/apply/network_renew.h - a network of a project that is to be another: made anew under its
 * containers, which are stopped for that and keep their identity.
 */
#pragma once

#include <stddef.h>

struct convergence;
struct error;
struct network;
struct project_network;

/* Those that were there, but for those that are removed on the way. */
struct network_set {
	struct network *items;
	size_t count;
};

/* What is wanted differs from what is there under the same name. Others' containers are in the way.
 */
int network_renew(const struct convergence *convergence, struct network_set *existing,
		  struct network *wanted, struct error *err);
/* Those of @existing that had the key of @wanted under another name: the project's containers move
 * to the new name, and the old network goes unless others use it. The new one need not be there
 * yet. */
int network_renew_renamed(const struct convergence *convergence, struct network_set *existing,
			  const struct project_network *wanted, struct error *err);
/* Made, with what is said of it. */
int network_renew_create(const struct convergence *convergence, struct network *wanted,
			 struct error *err);
