/* SPDX-License-Identifier: Apache-2.0 */
/*
 * describe/log_details.h - door: what `logs --details` shows before each line.
 */
#pragma once

struct arena;
struct container;

/* What the log options `labels` and `env` name, as docker shows it: "a=1,b=2". */
const char *log_details(const struct container *container, struct arena *arena);
