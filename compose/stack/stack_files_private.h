/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/stack/stack_files_private.h - secrets and configs of a stack's files, which go into the
 * store: they are there however long the files are.
 */
#pragma once

#include "base/json.h"

struct error;
struct project;
struct stack_change;

/* In @model they are external then. */
int stack_files_keep(const struct stack_change *change, const struct project *project, json *model,
		     struct error *err);
