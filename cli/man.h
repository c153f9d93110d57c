/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/man.h - the manual pages, made from the tables of commands, options and attributes.
 */
#pragma once

struct error;
struct front;

/* Writes coracle.1, coracle-COMMAND.1 for each command and coracle.compose.5 into @directory, which
 * exists. Commands that two tables of the front have are described once, as the front finds them.
 */
int man_write(const struct front *front, const char *directory, struct error *err);
