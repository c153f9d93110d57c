/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net/responder/dns_answer.h - what one container is told about names, out of the tables of its
 * networks.
 */
#pragma once

#include "net/dns_message.h"
#include "net/responder/dns_view.h"

struct dns_resolver {
	struct dns_view *views; /* in lookup order */
	size_t count;
	const char *project; /* NULL: none */
	char **links;	     /* "ALIAS=TARGET", NULL-terminated; may be NULL */
	uint32_t random;     /* state of the rotation */
};

/* Writes an answer of at most @limit bytes into @buffer and returns its size; 0 when the question
 * is none of ours and has to be forwarded. */
size_t dns_answer(struct dns_resolver *resolver, const struct dns_question *question,
		  const uint8_t *message, uint8_t *buffer, size_t limit);
/* An answer without records. */
size_t dns_answer_code(const struct dns_question *question, const uint8_t *message, uint8_t *buffer,
		       enum dns_code code);
