/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/model/effects.h - values that can be read but do less here than they say: they are warned
 * of, or refused, while the project is loaded. Whole attributes without effect have a row's
 * `support` in compose/model/schema.c instead.
 */
#pragma once

struct problems;
struct project;
struct service;

void effects_check(const struct project *project, const struct service *service,
		   struct problems *problems);
