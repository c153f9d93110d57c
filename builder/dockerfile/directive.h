/* SPDX-License-Identifier: Apache-2.0 */
/*
 * builder/dockerfile/directive.h - "# escape=`" and the others above the first instruction. Pure.
 */
#pragma once

struct arena;
struct dockerfile_check;
struct error;
struct lines;

/* @comment begins with "#". What is no directive ends the part of a file that has them. -1: one
 * that stands twice or has a wrong value. */
int directive_read(struct lines *lines, const char *comment, struct error *err);
/* "check=skip=A" in a comment above an instruction, for it alone: added to @check. What is no such
 * thing adds nothing; @comment may be NULL. */
void directive_read_comment(struct dockerfile_check *check, const char *comment,
			    struct arena *arena);
