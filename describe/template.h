/* SPDX-License-Identifier: Apache-2.0 */
/*
 * describe/template.h - door: Go templates, as --format takes them, over a JSON value.
 *
 * All of Go's language: fields, variables, pipes, if, with, range, break, continue, define, block,
 * template, trim markers and comments; its functions and those of Docker. What Docker says of
 * mistakes is said here: "template parsing error: template: :1:8: executing "" at <.A.B>: …".
 * Members that Docker's documents have and that are not set are what its programs take them for
 * (template_values.c); what else an object lacks is a mistake, but for maps such as Labels and
 * Networks, which print "<no value>".
 */
#pragma once

#include "base/json.h"

struct error;
struct strbuf;
struct template;

/* NULL with ERROR_INVALID. Outside of {{ }} "\t" and "\n" are a tab and a newline. */
struct template *template_parse(const char *text, struct error *err);
void template_free(struct template *template);
/* Appends what the template makes of @document. ERROR_INVALID. */
int template_execute(const struct template *template, json *document, struct strbuf *out,
		     struct error *err);

/* The row of headings over what the template makes of rows: functions that change texts leave it.
 */
int template_execute_heading(const struct template *template, json *headings, struct strbuf *out,
			     struct error *err);

/* Appends a value as Go's %v shows it: text as it is, [a b], map[k:v]; NULL: nothing. Of a value
 * with user data, which is a text, that. */
void template_value(struct strbuf *out, json *value);
/* Is it neither nil, false, 0, "" nor empty? */
bool template_is_true(json *value);
