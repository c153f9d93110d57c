/* SPDX-License-Identifier: Apache-2.0 */
/*
 * describe/template.h - door: Go templates, as --format takes them, over a JSON value.
 *
 * {{.Field.Field}}, {{$.X}}, variables, pipes, parentheses, if/else, with, range, trim markers and
 * comments, and the functions that Docker offers (template_functions.c). A member that the document
 * itself lacks is an error, and so is one of what has no value; another one prints "<no value>".
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

/* Appends a value as Go's %v shows it: text as it is, [a b], map[k:v]; NULL: nothing. Of an object
 * with user data, which is a text, that. */
void template_value(struct strbuf *out, json *value);
/* Is it neither nil, false, 0, "" nor empty? */
bool template_is_true(json *value);
