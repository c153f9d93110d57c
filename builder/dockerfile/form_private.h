/* SPDX-License-Identifier: Apache-2.0 */
/*
 * builder/dockerfile/form_private.h - what only instructions of one kind may not say.
 */
#pragma once

struct arena;
struct error;
struct instruction;

int form_check_copy(struct instruction *instruction, struct arena *arena, struct error *err);
int form_check_from(struct instruction *instruction, struct arena *arena, struct error *err);
int form_check_health(struct instruction *instruction, struct arena *arena, struct error *err);
int form_check_onbuild(struct instruction *instruction, struct arena *arena, struct error *err);
int form_check_shell(struct instruction *instruction, struct arena *arena, struct error *err);
int form_check_volume(struct instruction *instruction, struct arena *arena, struct error *err);
