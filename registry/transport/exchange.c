/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/transport/exchange.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "registry/transport/endpoint.h"
#include "registry/transport/transport.h"

#include <string.h>

#define HEADER_LIMIT   ((size_t)256 << 10)
#define RECEIVE_BUFFER (256L << 10)
/* A registry may take long to store what it was sent. */
#define UPLOAD_PATIENCE 5

/* ---- headers --------------------------------------------------------------------------------- */

static void clear_answer(struct exchange *exchange)
{
	exchange_headers_clear(&exchange->answer);
	exchange->status = 0;
	exchange->header_bytes = 0;
	exchange->reason[0] = '\0';
	strbuf_clear(&exchange->body);
}

static size_t on_header(char *line, size_t size, size_t count, void *data)
{
	struct exchange *exchange = data;
	size_t length = size * count, bytes = exchange->header_bytes + length;

	if (bytes > HEADER_LIMIT)
		return 0;
	if (length >= 5 && memcmp(line, "HTTP/", 5) == 0)
		clear_answer(exchange); /* another one, after a 100 Continue */
	else
		exchange_headers_add(&exchange->answer, line, length);
	exchange->header_bytes = bytes;
	return length;
}

/* ---- bodies ---------------------------------------------------------------------------------- */

static size_t on_body(char *bytes, size_t size, size_t count, void *data)
{
	struct exchange *exchange = data;
	size_t length = size * count;
	ssize_t taken;

	curl_easy_getinfo(exchange->easy, CURLINFO_RESPONSE_CODE, &exchange->status);
	if (exchange->stream && exchange->status / 100 == 2) {
		taken = exchange->stream(exchange, bytes, length);
		exchange->is_paused = taken == EXCHANGE_PAUSE;
		if (taken == EXCHANGE_PAUSE)
			return CURL_WRITEFUNC_PAUSE;
		return taken < 0 ? 0 : (size_t)taken;
	}
	if (exchange->body.length + length > exchange->body_limit) {
		exchange->has_enough = exchange->status / 100 != 2;
		return 0;
	}
	strbuf_add_n(&exchange->body, bytes, length);
	return length;
}

static size_t on_upload(char *out, size_t size, size_t count, void *data)
{
	struct exchange *exchange = data;
	size_t room = size * count;
	int64_t left = exchange->upload_size - exchange->uploaded;
	ssize_t n;

	if ((int64_t)room > left)
		room = (size_t)left;
	if (room == 0)
		return 0;
	if (exchange->upload) {
		n = exchange->upload(exchange, out, room);
		if (n <= 0)
			return CURL_READFUNC_ABORT;
	} else {
		memcpy(out, exchange->upload_text + exchange->uploaded, room);
		n = (ssize_t)room;
	}
	exchange->uploaded += n;
	return (size_t)n;
}

/* curl rewinds when it has to send again on a fresh connection. */
static int on_seek(void *data, curl_off_t offset, int origin)
{
	struct exchange *exchange = data;

	if (origin != SEEK_SET || offset != 0)
		return CURL_SEEKFUNC_CANTSEEK;
	exchange->uploaded = 0;
	return CURL_SEEKFUNC_OK;
}

/* A name that somebody else chose may lead to an address of this machine. */
static curl_socket_t on_socket(void *data, curlsocktype purpose, struct curl_sockaddr *address)
{
	const struct exchange *exchange = data;

	if (purpose == CURLSOCKTYPE_IPCXN && !endpoint_may_reach(exchange) &&
	    host_address_is_local(&address->addr))
		return CURL_SOCKET_BAD;
	return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* ---- life ------------------------------------------------------------------------------------ */

struct exchange *exchange_new(struct transport *transport, struct endpoint *endpoint)
{
	struct exchange *exchange = alloc_zeroed(1, sizeof(*exchange));

	exchange->transport = transport;
	exchange->endpoint = endpoint;
	exchange->upload_size = -1;
	exchange->body_limit = 64 << 10;

	clear_answer(exchange);
	return exchange;
}

static void drop_handle(struct exchange *exchange)
{
	if (!exchange->easy)
		return;
	curl_multi_remove_handle(exchange->transport->multi, exchange->easy);
	curl_easy_cleanup(exchange->easy);
	exchange->easy = NULL;
	curl_slist_free_all(exchange->list);
	exchange->list = NULL;
}

void exchange_free(struct exchange *exchange)
{
	if (!exchange)
		return;
	drop_handle(exchange);
	clear_answer(exchange);
	strbuf_release(&exchange->body);
	strvec_release(&exchange->headers);
	free(exchange);
}

static void add_header(struct exchange *exchange, const char *line)
{
	struct curl_slist *list = curl_slist_append(exchange->list, line);

	if (list)
		exchange->list = list;
}

static void set_headers(struct exchange *exchange)
{
	auto_strbuf struct strbuf line = {0};

	strvec_each (header, &exchange->headers)
		add_header(exchange, *header);
	if (exchange->authorization) {
		strbuf_printf(&line, "Authorization: %s", exchange->authorization);
		add_header(exchange, line.text);
	}
	curl_easy_setopt(exchange->easy, CURLOPT_HTTPHEADER, exchange->list);
}

static void set_method(struct exchange *exchange)
{
	static const char *const names[] = {
		[HTTP_POST] = "POST", [HTTP_PUT] = "PUT", [HTTP_PATCH] = "PATCH"};
	CURL *easy = exchange->easy;

	if (exchange->method == HTTP_GET)
		return;
	if (exchange->method == HTTP_HEAD) {
		curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
		return;
	}
	if (exchange->method == HTTP_POST) {
		curl_easy_setopt(easy, CURLOPT_POST, 1L);
		curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
				 (curl_off_t)exchange->upload_size);
	} else {
		curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
		curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t)exchange->upload_size);
	}
	curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, names[exchange->method]);
	curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_upload);
	curl_easy_setopt(easy, CURLOPT_READDATA, exchange);
	curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, on_seek);
	curl_easy_setopt(easy, CURLOPT_SEEKDATA, exchange);
	curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, RECEIVE_BUFFER);
}

static void set_limits(const struct exchange *exchange)
{
	const struct limits *limits = &exchange->transport->settings.limits;
	double stall = limits->stall_seconds * (exchange->upload_size > 0 ? UPLOAD_PATIENCE : 1);
	CURL *easy = exchange->easy;

	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)(limits->connect_seconds * 1000));
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS,
			 exchange->is_bulk ? 0L : (long)(limits->document_seconds * 1000));
	curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, (long)limits->least_rate);
	curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, (long)(stall + 0.5));
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, RECEIVE_BUFFER);
}

static void set_behaviour(struct exchange *exchange)
{
	CURL *easy = exchange->easy;

	curl_easy_setopt(easy, CURLOPT_PRIVATE, exchange);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
	/* On one HTTP/2 connection, a blob that nobody reads at the moment would hold up the
	 * others. */
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION,
			 exchange->is_bulk ? (long)CURL_HTTP_VERSION_1_1
					   : (long)CURL_HTTP_VERSION_2TLS);
	curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	curl_easy_setopt(easy, CURLOPT_USERAGENT, exchange->transport->settings.agent);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, exchange->reason);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, exchange);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, exchange);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_socket);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, exchange);
}

void exchange_start(struct exchange *exchange)
{
	auto_strbuf struct strbuf url = {0};

	drop_handle(exchange);
	clear_answer(exchange);
	exchange->uploaded = 0;
	exchange->is_paused = exchange->has_enough = false;
	exchange->easy = curl_easy_init();
	if (!exchange->easy)
		abort(); /* out of memory: base/alloc would leave, too */
	url_format(&url, &exchange->url);
	curl_easy_setopt(exchange->easy, CURLOPT_URL, url.text);
	set_behaviour(exchange);
	set_limits(exchange);
	set_method(exchange);
	set_headers(exchange);
	endpoint_apply(exchange);
	curl_multi_add_handle(exchange->transport->multi, exchange->easy);
}

void exchange_resume(struct exchange *exchange)
{
	if (!exchange->is_paused || !exchange->easy)
		return;
	exchange->is_paused = false;
	curl_easy_pause(exchange->easy, CURLPAUSE_CONT);
}

void exchange_finish(CURL *easy, CURLcode result)
{
	struct exchange *exchange = NULL;
	curl_off_t tls_time = 0;

	curl_easy_getinfo(easy, CURLINFO_PRIVATE, &exchange);
	curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &exchange->status);
	curl_easy_getinfo(easy, CURLINFO_APPCONNECT_TIME_T, &tls_time);
	curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &exchange->os_error);
	exchange->had_tls = tls_time > 0;
	exchange->result = result;
	if (result != CURLE_OK && !exchange->reason[0])
		snprintf(exchange->reason, sizeof(exchange->reason), "%s",
			 curl_easy_strerror(result));
	/* Of an error, the beginning of the text will do. */
	if (exchange->has_enough)
		exchange->result = CURLE_OK;
	/* A complete refusal counts, even if the connection was cut while we were sending. */
	if ((result == CURLE_SEND_ERROR || result == CURLE_RECV_ERROR) && exchange->status >= 400)
		exchange->result = CURLE_OK;
	drop_handle(exchange);
	exchange->done(exchange);
}

bool exchange_is_redirect(const struct exchange *exchange)
{
	long status = exchange->status;

	if (exchange->result != CURLE_OK || !exchange->answer.location)
		return false;
	if (exchange->method == HTTP_GET || exchange->method == HTTP_HEAD)
		return status == 301 || status == 302 || status == 303 || status == 307 ||
		       status == 308;
	return status == 307 || status == 308;
}

int exchange_redirect(struct exchange *exchange, struct error *err)
{
	struct url from = exchange->url;

	if (url_resolve(&exchange->url, &from, exchange->answer.location, err) < 0)
		return error_wrap(err, "'%s' leads to", from.host);
	return url_check_redirect(&from, &exchange->url, err);
}

bool exchange_is_unreachable(const struct exchange *exchange)
{
	switch ((int)exchange->result) {
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_RESOLVE_PROXY:
	case CURLE_COULDNT_CONNECT:
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_UNSUPPORTED_PROTOCOL:
		return true;
	default:
		return false;
	}
}

bool exchange_is_passing(const struct exchange *exchange)
{
	switch ((int)exchange->result) {
	case CURLE_OK:
		return exchange->status == 408 || exchange->status == 429 ||
		       (exchange->status >= 500 && exchange->status != 501 &&
			exchange->status != 505);
	case CURLE_OPERATION_TIMEDOUT:
	case CURLE_GOT_NOTHING:
	case CURLE_PARTIAL_FILE:
	case CURLE_RECV_ERROR:
	case CURLE_SEND_ERROR:
	case CURLE_HTTP2:
	case CURLE_HTTP2_STREAM:
		return true;
	default:
		return false;
	}
}
