/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/model/yaml_mistake.h - what is wrong with a text that is no YAML, where, and what to
 * write. Not a door.
 */
#pragma once

#include <yaml.h>

struct error;

/* Where the parser stopped, and what stands around it. */
struct yaml_mistake {
	const yaml_parser_t *parser;
	const char *file;
	yaml_mark_t quote, quote_end; /* of the last quoted text; quote_end.index 0: none */
};

/* -1 with the error set: "FILE:LINE:COLUMN: what to do". */
int yaml_mistake_explain(const struct yaml_mistake *mistake, struct error *err);
