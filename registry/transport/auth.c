/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/transport/auth.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/json.h"
#include "base/strbuf.h"
#include "base/units.h"
#include "registry/base64.h"
#include "registry/settings.h"
#include "registry/transport/answer.h"
#include "registry/transport/endpoint.h"
#include "registry/transport/exchange.h"
#include "registry/transport/transport.h"

#include <string.h>

#define CLIENT_ID	 "coracle"
#define DEFAULT_LIFETIME 60
#define LONGEST_LIFETIME 86400
#define LARGEST_TOKEN	 ((size_t)64 << 10)
#define MOST_REDIRECTS	 5

/* What a token request has beside its exchange. */
struct fetch {
	unsigned redirects;
	bool is_grant; /* POST with a refresh token */
	char *basic, *body;
};

static void drop_fetch(struct auth *auth)
{
	struct fetch *fetch = auth->fetch->owner;

	free(fetch->basic);
	free(fetch->body);
	free(fetch);
	exchange_free(auth->fetch);
	auth->fetch = NULL;
}

void auth_release(struct auth *auth)
{
	if (auth->fetch)
		drop_fetch(auth);
	free(auth->header);
	free(auth->identity_token);
	*auth = (struct auth){0};
}

/* ---- what to show ---------------------------------------------------------------------------- */

static char *basic_header(const struct settings_endpoint *settings)
{
	auto_strbuf struct strbuf pair = {0};
	auto_free char *text = NULL;

	if (!settings->user || !settings->password)
		return NULL;
	strbuf_printf(&pair, "%s:%s", settings->user, settings->password);
	text = base64_encode(pair.text, pair.length);
	return alloc_format("Basic %s", text);
}

const char *auth_header(const struct endpoint *endpoint)
{
	return endpoint->auth.header;
}

bool auth_needs_token(const struct endpoint *endpoint)
{
	const struct auth *auth = &endpoint->auth;

	return auth->mode == AUTH_BEARER &&
	       (!auth->header || auth->fetch || units_monotonic_ns() > auth->expires_ns);
}

/* ---- after a 401 ----------------------------------------------------------------------------- */

static int deny(const struct exchange *exchange, struct error *err)
{
	const struct endpoint *endpoint = exchange->endpoint;
	char said[ANSWER_TEXT_SIZE];

	answer_describe(said, exchange);
	if (!exchange->transport->settings.repository)
		return error_set(err, ERROR_DENIED, "%s refuses this login: %s", endpoint->label,
				 said);
	if (endpoint_has_credentials(endpoint))
		return error_set(err, ERROR_DENIED,
				 "%s refuses the stored credentials: %s; log in with 'coracle "
				 "login'",
				 endpoint->label, said);
	return error_set(err, ERROR_DENIED, "%s asks for a login: %s; use 'coracle login'",
			 endpoint->label, said);
}

/* Who gets the credentials: the registry itself, or whom it names, over a line that nobody reads.
 */
static int set_realm(struct endpoint *endpoint, const struct challenge *challenge,
		     struct error *err)
{
	struct auth *auth = &endpoint->auth;

	if (url_parse(&auth->realm, challenge->realm, err) < 0)
		return error_wrap(err, "%s names a token server by", endpoint->label);
	if (url_check_redirect(&endpoint->base, &auth->realm, err) < 0)
		return error_wrap(err, "token server");
	auth->mode = AUTH_BEARER;
	memcpy(auth->service, challenge->service, sizeof(auth->service));
	return 0;
}

int auth_answer(struct endpoint *endpoint, const struct exchange *exchange, unsigned generation,
		struct error *err)
{
	const struct challenge *challenge = &exchange->answer.challenge;
	struct auth *auth = &endpoint->auth;

	if (auth->generation != generation || auth->fetch)
		return 0; /* somebody else has asked meanwhile */
	if (challenge->has_bearer && challenge->realm[0]) {
		free(auth->header);
		auth->header = NULL;
		return set_realm(endpoint, challenge, err);
	}
	if (!challenge->has_basic || auth->mode != AUTH_NONE)
		return deny(exchange, err);
	auth->header = basic_header(endpoint->settings);
	if (!auth->header)
		return deny(exchange, err);
	auth->mode = AUTH_BASIC;
	auth->generation++;
	return 0;
}

/* ---- fetching a token ------------------------------------------------------------------------ */

static void add_scopes(struct strbuf *out, const struct settings *settings, const char *first,
		       const char *next)
{
	auto_free char *own = NULL, *other = NULL;

	if (!settings->repository)
		return;
	own = alloc_format("repository:%s:%s", settings->repository,
			   settings->can_push ? "pull,push" : "pull");
	strbuf_add(out, first);
	url_escape(out, own);
	if (!settings->mount_from)
		return;
	other = alloc_format("repository:%s:pull", settings->mount_from);
	strbuf_add(out, next);
	url_escape(out, other);
}

static void add_value(struct strbuf *out, const char *name, const char *value)
{
	strbuf_printf(out, "&%s=", name);
	url_escape(out, value);
}

static void prepare_grant(struct exchange *exchange, const struct settings *settings,
			  struct strbuf *body)
{
	const struct endpoint *endpoint = exchange->endpoint;

	strbuf_add(body, "grant_type=refresh_token&client_id=" CLIENT_ID);
	if (endpoint->auth.service[0])
		add_value(body, "service", endpoint->auth.service);
	add_value(body, "refresh_token", endpoint->settings->identity_token);
	add_scopes(body, settings, "&scope=", "%20");
	exchange->method = HTTP_POST;
	exchange->upload_size = (int64_t)body->length;
	strvec_add(&exchange->headers, "Content-Type: application/x-www-form-urlencoded");
}

static int prepare_get(struct exchange *exchange, const struct settings *settings,
		       struct error *err)
{
	const struct endpoint *endpoint = exchange->endpoint;
	struct fetch *fetch = exchange->owner;
	auto_strbuf struct strbuf query = {0};
	char *rest = exchange->url.rest;

	if (endpoint->auth.service[0])
		add_value(&query, "service", endpoint->auth.service);
	if (endpoint->settings->user)
		add_value(&query, "account", endpoint->settings->user);
	if (!settings->repository)
		strbuf_add(&query, "&client_id=" CLIENT_ID "&offline_token=true");
	add_scopes(&query, settings, "&scope=", "&scope=");
	if (strlen(rest) + query.length + 2 > URL_REST_SIZE)
		return error_set(err, ERROR_INVALID, "the token server's address is too long");
	if (query.length > 0) {
		if (!strchr(rest, '?'))
			query.text[0] = '?';
		if (!rest[0])
			rest[0] = '/', rest[1] = '\0';
		memcpy(rest + strlen(rest), query.text, query.length + 1);
	}
	exchange->method = HTTP_GET;
	fetch->basic = basic_header(endpoint->settings);
	exchange->authorization = fetch->basic;
	return 0;
}

static void end_fetch(struct exchange *exchange, const struct error *err, bool is_passing)
{
	struct transport *transport = exchange->transport;
	struct endpoint *endpoint = exchange->endpoint;

	drop_fetch(&endpoint->auth);
	transport->token_ended(transport, endpoint, err, is_passing);
}

static void take_token(struct auth *auth, const char *token, json *document)
{
	int64_t lifetime = json_int(document, "expires_in", DEFAULT_LIFETIME);
	const char *identity = json_string(document, "refresh_token", NULL);

	if (lifetime < DEFAULT_LIFETIME)
		lifetime = DEFAULT_LIFETIME;
	if (lifetime > LONGEST_LIFETIME)
		lifetime = LONGEST_LIFETIME;
	free(auth->header);
	auth->header = alloc_format("Bearer %s", token);
	/* Somewhat early: the token has to last for the request, and clocks differ. */
	auth->expires_ns = units_monotonic_ns() + lifetime * SECOND / 10 * 9;
	auth->generation++;
	if (identity) {
		free(auth->identity_token);
		auth->identity_token = alloc_string(identity);
	}
}

/* A token goes into a header: printable ASCII only. */
static bool is_token(const char *text)
{
	if (!text || !*text)
		return false;
	for (; *text; text++)
		if (*text <= ' ' || *text >= 0x7f)
			return false;
	return true;
}

static int read_token(struct exchange *exchange, struct error *err)
{
	auto_json json *document = json_parse(strbuf_text(&exchange->body), exchange->body.length,
					      "the token server's answer", err);
	const char *token = json_string(document, "token", NULL);

	if (!document)
		return -1;
	if (!token || !*token)
		token = json_string(document, "access_token", NULL);
	if (!is_token(token))
		return error_set(err, ERROR_INVALID,
				 "the token server's answer has no token in it");
	take_token(&exchange->endpoint->auth, token, document);
	return 0;
}

static int check_answer(struct exchange *exchange, struct error *err)
{
	char said[ANSWER_TEXT_SIZE];

	if (exchange->result != CURLE_OK)
		return answer_error(exchange, err);
	answer_describe(said, exchange);
	if (exchange->status == 401 || exchange->status == 403)
		return error_set(
			err, ERROR_DENIED, "the token server '%s' refuses the credentials: %s%s",
			exchange->url.host, said,
			endpoint_has_credentials(exchange->endpoint) ? ""
								     : "; use 'coracle login'");
	if (exchange->status != 200)
		return answer_error(exchange, err);
	return read_token(exchange, err);
}

static void on_token(struct exchange *exchange)
{
	struct fetch *fetch = exchange->owner;
	struct error err = {0};

	if (exchange_is_redirect(exchange) && fetch->redirects++ < MOST_REDIRECTS) {
		struct url before = exchange->url;

		if (exchange_redirect(exchange, &err) < 0) {
			end_fetch(exchange, &err, false);
			return;
		}
		if (!url_is_same_origin(&before, &exchange->url))
			exchange->authorization = NULL;
		/* A refresh token is not carried any further. */
		if (!fetch->is_grant || url_is_same_origin(&before, &exchange->url)) {
			exchange_start(exchange);
			return;
		}
	}
	if (fetch->is_grant && exchange->result == CURLE_OK &&
	    (exchange->status == 404 || exchange->status == 405 || exchange->status == 401)) {
		struct transport *transport = exchange->transport;
		struct endpoint *endpoint = exchange->endpoint;

		endpoint->auth.has_post_failed = true;
		drop_fetch(&endpoint->auth);
		auth_fetch(transport, endpoint);
		return;
	}
	if (check_answer(exchange, &err) < 0)
		end_fetch(exchange, &err, exchange_is_passing(exchange));
	else
		end_fetch(exchange, NULL, false);
}

void auth_fetch(struct transport *transport, struct endpoint *endpoint)
{
	struct auth *auth = &endpoint->auth;
	struct exchange *exchange;
	struct fetch *fetch;
	struct error err = {0};

	if (auth->fetch)
		return;
	fetch = alloc_zeroed(1, sizeof(*fetch));
	fetch->is_grant = endpoint->settings->identity_token && !auth->has_post_failed;
	exchange = exchange_new(transport, endpoint);
	exchange->owner = fetch;
	exchange->url = auth->realm;
	exchange->is_token = true;
	exchange->body_limit = LARGEST_TOKEN;
	exchange->done = on_token;
	strvec_add(&exchange->headers, "Accept: application/json");
	auth->fetch = exchange;
	if (fetch->is_grant) {
		struct strbuf body = {0};

		prepare_grant(exchange, &transport->settings, &body);
		fetch->body = strbuf_take(&body);
		exchange->upload_text = fetch->body;
	} else if (prepare_get(exchange, &transport->settings, &err) < 0) {
		end_fetch(exchange, &err, false);
		return;
	}
	exchange_start(exchange);
}
