/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/apply/provider_output.h - what a provider's program says: JSON lines, one message each.
 * Pure.
 */
#pragma once

#include <stddef.h>

struct error;
struct strbuf;

enum provider_word {
	PROVIDER_INFO,
	PROVIDER_DEBUG,
	PROVIDER_ERROR,
	PROVIDER_SETENV,    /* a variable that gets the service's name as a prefix */
	PROVIDER_RAWSETENV, /* one that does not */
};

/* Reads {"type": …, "message": TEXT}; the text is appended to @text. ERROR_INVALID. */
int provider_output_read(enum provider_word *word, struct strbuf *text, const char *line,
			 size_t length, struct error *err);
/* "NAME=value" as dependents of @service find it: with "SERVICE_" before it, unless @service is
 * NULL. ERROR_INVALID: it is no such text. */
int provider_output_variable(struct strbuf *out, const char *service, const char *text,
			     struct error *err);
