/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/survey_report.h - `system check --host`: what this host lacks, as lines or as a document.
 */
#pragma once

#include <stdbool.h>

struct invocation;

/* Returns the exit code: 0 when stacks can run here, else 1. @quiet: only what is not well. */
int survey_report(struct invocation *invocation, bool is_json, bool quiet);
