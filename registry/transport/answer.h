/* SPDX-License-Identifier: Apache-2.0 */
/*
 * registry/transport/answer.h - what an answer that was no success means; inside the transport.
 */
#pragma once

#include <stdint.h>

struct error;
struct exchange;

#define ANSWER_TEXT_SIZE 400

/* What the registry said ("denied: requested access …"), cleaned and short; else the status. */
void answer_describe(char out[ANSWER_TEXT_SIZE], const struct exchange *exchange);
/* Fills @err: ERROR_NOT_FOUND for 404, ERROR_DENIED for 401 and 403, ERROR_BUSY for 429,
 * ERROR_TIMEOUT, ECONNREFUSED, … Returns -1. */
int answer_error(const struct exchange *exchange, struct error *err);
/* Seconds that Retry-After asks for, in whichever form; -1: it is not there. */
int64_t answer_retry_after(const struct exchange *exchange);
