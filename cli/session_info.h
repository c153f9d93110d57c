/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/session_info.h - what containers get whoever starts them, for `system info`.
 */
#pragma once

#include "base/json.h"

struct layout;

/* Adds "DefaultUlimits", "MonitorCgroup" and "Warnings": what this caller's session keeps them from
 * getting, and where their files should not be. Tried on this very process, whose own limits and
 * scheduling are the defaults afterwards.
 */
void session_info_add(json *info, const struct layout *layout);
/* The limits as a line, the warnings to the log. */
void session_info_print(const json *info);
