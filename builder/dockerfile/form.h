/* SPDX-License-Identifier: Apache-2.0 */
/*
 * builder/dockerfile/form.h - the form that each instruction has: a table. Pure.
 */
#pragma once

#include "builder/dockerfile/dockerfile.h"

/* By name, in any case; INSTRUCTION_COUNT: there is none. */
enum instruction_kind form_find(const char *keyword);
/* Splits instruction->text, whose keyword is known: flags, words, pairs. What cannot be split is
 * ERROR_INVALID; what an instruction of this kind may not say is left to form_check. */
int form_split(struct instruction *instruction, char escape, struct arena *arena,
	       struct error *err);
/* Its flags, how many arguments it has, and what only it has; its heredocs are there. */
int form_check(struct instruction *instruction, struct arena *arena, struct error *err);
/* May this one, in its form, have heredocs? */
bool form_takes_heredocs(const struct instruction *instruction);
