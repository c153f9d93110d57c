/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/man_page.h - what pages of the manual are made of: plain text in roff, and the sections that
 * are made from tables.
 */
#pragma once

struct command;
struct error;
struct option_spec;
struct strbuf;

/* Text in which nothing is a request of roff, or a hyphen where a dash was typed. */
void man_page_add(struct strbuf *page, const char *text);
/* The same and a full stop, on a line of its own. */
void man_page_sentence(struct strbuf *page, const char *text);
/* A row: @name in bold, @text as a sentence below it. */
void man_page_row(struct strbuf *page, const char *name, const char *text);
/* A reference to another page, with what follows it (a comma). */
void man_page_refer(struct strbuf *page, const char *name, int section, const char *after);
void man_page_begin(struct strbuf *page, const char *name, int section, const char *purpose);
int man_page_save(const struct strbuf *page, const char *directory, const char *name, int section,
		  struct error *err);
/* @name leads to the page of the command @target. */
int man_page_link(const char *target, const char *directory, const char *name, struct error *err);

void man_page_options(struct strbuf *page, const struct option_spec *specs);
/* @path: as it is typed, "coracle image ls". */
void man_page_examples(struct strbuf *page, const char *path, const struct command *command);
/* EXIT STATUS, ENVIRONMENT and FILES: those that concern @command, or all for NULL. */
void man_page_facts(struct strbuf *page, const struct command *command);
