/* SPDX-License-Identifier: Apache-2.0 */
/*
 * registry/transport/auth.h - Basic and token authentication of one endpoint; inside the transport.
 *
 * Credentials belong to an endpoint: they are shown to its own origin and to the token server that
 * it names, and to that only where nobody else can listen.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct auth;
struct endpoint;
struct error;
struct exchange;
struct transport;

void auth_release(struct auth *auth);
/* What to show to @endpoint now, or NULL: nothing. */
const char *auth_header(const struct endpoint *endpoint);
/* Has a token to be fetched (or waited for) before anything can be asked? */
bool auth_needs_token(const struct endpoint *endpoint);
/* After a 401 to a request that showed header number @generation (0: none). 0: try again, perhaps
 * when a token is there. ERROR_DENIED: there is nothing better to show. */
int auth_answer(struct endpoint *endpoint, const struct exchange *exchange, unsigned generation,
		struct error *err);
/* Fetches a token, if none is on its way; transport->token_ended is called at its end. */
void auth_fetch(struct transport *transport, struct endpoint *endpoint);
