/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/transport/answer.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "base/json.h"
#include "base/strbuf.h"
#include "base/units.h"
#include "registry/text.h"
#include "registry/transport/endpoint.h"
#include "registry/transport/exchange.h"

#include <errno.h>
#include <string.h>
#include <time.h>

/* {"errors": [{"code": …, "message": …}]}, or what token servers write. */
static void describe_json(struct strbuf *out, json *document)
{
	json *errors = json_get(document, "errors");
	const char *message = json_string(document, "error_description", NULL);

	for (size_t i = 0; i < json_length(errors) && i < 3; i++) {
		const char *code = json_string(json_at(errors, i), "code", NULL);
		const char *text = json_string(json_at(errors, i), "message", NULL);

		if (out->length > 0)
			strbuf_add(out, ", ");
		strbuf_printf(out, "%s%s%s", code ? code : "", code && text ? ": " : "",
			      text ? text : "");
	}
	if (out->length == 0 && !message)
		message = json_string(document, "details", NULL);
	if (out->length == 0 && !message)
		message = json_string(document, "message", NULL);
	if (out->length == 0 && !message)
		message = json_string(document, "error", NULL);
	if (out->length == 0 && message)
		strbuf_add(out, message);
}

void answer_describe(char out[ANSWER_TEXT_SIZE], const struct exchange *exchange)
{
	auto_json json *document = NULL;
	auto_strbuf struct strbuf text = {0};

	if (exchange->body.length > 0 && exchange->body.text[0] == '{')
		document = json_parse(exchange->body.text, exchange->body.length, "", NULL);
	if (document)
		describe_json(&text, document);
	if (text.length > 0)
		text_copy(out, ANSWER_TEXT_SIZE, text.text, text.length);
	else
		snprintf(out, ANSWER_TEXT_SIZE, "HTTP status %ld", exchange->status);
}

int64_t answer_retry_after(const struct exchange *exchange)
{
	const char *text = exchange->answer.retry_after;
	int64_t seconds;
	time_t date, now;

	if (!text)
		return -1;
	if (units_parse_int(&seconds, text, 0, INT32_MAX, NULL) == 0)
		return seconds;
	date = curl_getdate(text, NULL);
	now = time(NULL);
	if (date < 0)
		return -1;
	return date > now ? (int64_t)(date - now) : 0;
}

/* "HOST[:PORT]" that gave the answer, which is another one after a redirect. */
static const char *host_of(struct strbuf *out, const struct exchange *exchange)
{
	url_format_host(out, &exchange->url);
	return out->text;
}

static int describe_limit(const struct exchange *exchange, const char *said, struct error *err)
{
	auto_strbuf struct strbuf host = {0};
	int64_t seconds = answer_retry_after(exchange);
	char wait[64] = "", text[32];

	if (seconds > 0)
		snprintf(wait, sizeof(wait), "; try again in %s",
			 units_format_duration(text, sizeof(text), seconds * SECOND));
	return error_set(err, ERROR_BUSY, "%s has too many requests from here: %s%s%s",
			 host_of(&host, exchange), said, wait,
			 endpoint_has_credentials(exchange->endpoint)
				 ? ""
				 : "; logging in with 'coracle login' may raise the limit");
}

static int describe_status(const struct exchange *exchange, struct error *err)
{
	auto_strbuf struct strbuf label = {0};
	const char *host = host_of(&label, exchange);
	char said[ANSWER_TEXT_SIZE];

	answer_describe(said, exchange);
	switch (exchange->status) {
	case 401:
	case 403:
		return error_set(err, ERROR_DENIED, "%s denies access: %s%s", host, said,
				 endpoint_has_credentials(exchange->endpoint)
					 ? ""
					 : "; it may need 'coracle login'");
	case 404:
		return error_set(err, ERROR_NOT_FOUND, "%s does not have it: %s", host, said);
	case 429:
		return describe_limit(exchange, said, err);
	default:
		return error_set(err, EPROTO, "%s answers with HTTP status %ld%s%s", host,
				 exchange->status, strncmp(said, "HTTP status", 11) ? ": " : "",
				 strncmp(said, "HTTP status", 11) ? said : "");
	}
}

struct reason {
	CURLcode result;
	int code;
	const char *text;
};

static const struct reason reasons[] = {
	{CURLE_COULDNT_RESOLVE_HOST, EHOSTUNREACH, "its name cannot be resolved"},
	{CURLE_COULDNT_RESOLVE_PROXY, EHOSTUNREACH, "the name of the proxy cannot be resolved"},
	{CURLE_COULDNT_CONNECT, ECONNREFUSED, "cannot connect"},
	{CURLE_OPERATION_TIMEDOUT, ERROR_TIMEOUT, "too slow or silent"},
	{CURLE_SSL_CONNECT_ERROR, EPROTO, "no TLS connection"},
	{CURLE_PEER_FAILED_VERIFICATION, EPROTO, "its certificate cannot be trusted"},
	{CURLE_SSL_CERTPROBLEM, EPROTO, "the client certificate cannot be used"},
	{CURLE_GOT_NOTHING, ECONNRESET, "closed the connection without an answer"},
	{CURLE_PARTIAL_FILE, ECONNRESET, "closed the connection before the end"},
	{CURLE_RECV_ERROR, ECONNRESET, "the connection was lost"},
	{CURLE_SEND_ERROR, ECONNRESET, "the connection was lost"},
	{CURLE_WRITE_ERROR, EPROTO, "the answer is too large"},
	{0},
};

int answer_error(const struct exchange *exchange, struct error *err)
{
	char detail[ANSWER_TEXT_SIZE] = "";
	const struct reason *reason = reasons;
	auto_strbuf struct strbuf host = {0};

	if (exchange->result == CURLE_OK)
		return describe_status(exchange, err);
	while (reason->text && reason->result != exchange->result)
		reason++;
	/* What libcurl says of these has nothing new in it but milliseconds. */
	if (exchange->result == CURLE_COULDNT_CONNECT && exchange->os_error)
		snprintf(detail, sizeof(detail), "%s", error_strerror((int)exchange->os_error));
	else if (exchange->result != CURLE_COULDNT_CONNECT &&
		 exchange->result != CURLE_COULDNT_RESOLVE_HOST)
		text_copy(detail, sizeof(detail), exchange->reason, strlen(exchange->reason));
	return error_set(err, reason->text ? reason->code : EPROTO, "%s: %s%s%s%s",
			 host_of(&host, exchange), reason->text ? reason->text : "failed",
			 detail[0] ? " (" : "", detail, detail[0] ? ")" : "");
}
