/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api/failure.h - errors as statuses and as Docker's words.
 */
#pragma once

#include <stdbool.h>

struct error;
struct request;
struct strbuf;

unsigned failure_status(const struct error *err);
/* Appends Docker's words for what it states, else its own. */
void failure_text(struct strbuf *out, const struct error *err);
/* Of a program that cannot be executed: its text, with the words in which Docker's clients find the
 * exit code, 127 or 126. false, and nothing is added: it is of something else. */
bool failure_execution(struct strbuf *out, const struct error *err);
void failure_answer(struct request *request, const struct error *err);
/* With another status than follows from it. */
void failure_answer_as(struct request *request, unsigned status, const struct error *err);
