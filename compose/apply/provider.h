/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/apply/provider.h - services that a program of somebody else provides.
 */
#pragma once

struct apply;
struct arena;
struct error;
struct plan_selection;

/* Tells the providers among @selection, which is in dependency order, to come up; what they set
 * gets into the environment of copies of the services that depend on them. */
int apply_provide(const struct apply *apply, struct plan_selection *selection, struct arena *arena,
		  struct error *err);
/* Tells the selected ones, dependents' last, to go "down" or to "stop". */
int apply_unprovide(const struct apply *apply, const char *verb, struct arena *arena,
		    struct error *err);
