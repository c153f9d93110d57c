/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/transport/endpoint.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/strbuf.h"
#include "registry/settings.h"
#include "registry/transport/exchange.h"
#include "registry/transport/transport.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LARGEST_BUNDLE ((size_t)4 << 20)

/* Where systems keep what they trust, for a program that was built on another one. */
static const char *const bundles[] = {
	"/etc/ssl/certs/ca-certificates.crt",
	"/etc/pki/tls/certs/ca-bundle.crt",
	"/etc/ssl/ca-bundle.pem",
	"/etc/ssl/cert.pem",
};

static const char *system_bundle(void)
{
	const char *own = curl_version_info(CURLVERSION_NOW)->cainfo;

	if (own && access(own, R_OK) == 0)
		return own;
	for (size_t i = 0; i < array_length(bundles); i++)
		if (access(bundles[i], R_OK) == 0)
			return bundles[i];
	return NULL;
}

/* As Docker does it: a registry's own authority counts beside the system's. */
static char *combine_certificates(const struct settings *settings, const char *own)
{
	const char *bundle = system_bundle();
	struct strbuf all = {0};

	if (settings->roots)
		strbuf_add(&all, settings->roots);
	else if (bundle)
		file_read(AT_FDCWD, bundle, LARGEST_BUNDLE, &all, NULL);
	strbuf_add_char(&all, '\n');
	if (own)
		strbuf_add(&all, own);
	return strbuf_take(&all);
}

int endpoint_init(struct endpoint *endpoint, const struct settings *settings, size_t index,
		  struct error *err)
{
	const struct settings_endpoint *from = &settings->endpoints[index];
	auto_strbuf struct strbuf label = {0};

	*endpoint = (struct endpoint){.settings = from};
	if (url_parse(&endpoint->base, from->url ? from->url : "", err) < 0)
		return error_wrap(err, "transport settings");
	url_format_host(&label, &endpoint->base);
	endpoint->label = strbuf_take(&label);
	if (from->ca || settings->roots)
		endpoint->ca = combine_certificates(settings, from->ca);
	endpoint->is_local = host_is_local(endpoint->base.host);
	return 0;
}

void endpoint_release(struct endpoint *endpoint)
{
	free(endpoint->label);
	free(endpoint->ca);
	endpoint->label = endpoint->ca = NULL;
}

bool endpoint_has_credentials(const struct endpoint *endpoint)
{
	return endpoint->settings->identity_token ||
	       (endpoint->settings->user && endpoint->settings->password);
}

static bool is_own_host(const struct exchange *exchange)
{
	return strcmp(exchange->url.host, exchange->endpoint->base.host) == 0;
}

bool endpoint_may_reach(const struct exchange *exchange)
{
	return exchange->is_proxied || exchange->endpoint->is_local || is_own_host(exchange);
}

static bool is_listed_insecure(const struct exchange *exchange)
{
	struct strvec list = {.items = exchange->transport->settings.insecure};
	auto_strbuf struct strbuf host = {0};

	while (list.items && list.items[list.count])
		list.count++;
	url_format_host(&host, &exchange->url);
	return host_is_listed(host.text, &list);
}

static void set_blob(CURL *easy, CURLoption option, const char *text)
{
	struct curl_blob blob = {
		.data = (void *)text, .len = strlen(text), .flags = CURL_BLOB_NOCOPY};

	curl_easy_setopt(easy, option, &blob);
}

static void apply_tls(struct exchange *exchange)
{
	const struct endpoint *endpoint = exchange->endpoint;
	bool is_trusting =
		endpoint->settings->is_insecure && (exchange->is_token || is_own_host(exchange));
	const char *bundle = system_bundle();
	CURL *easy = exchange->easy;

	if (is_trusting || is_listed_insecure(exchange)) {
		curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
		curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
	}
	if (endpoint->ca)
		set_blob(easy, CURLOPT_CAINFO_BLOB, endpoint->ca);
	else if (bundle)
		curl_easy_setopt(easy, CURLOPT_CAINFO, bundle);
	if (endpoint->settings->certificate && endpoint->settings->key &&
	    url_is_same_origin(&exchange->url, &endpoint->base)) {
		set_blob(easy, CURLOPT_SSLCERT_BLOB, endpoint->settings->certificate);
		set_blob(easy, CURLOPT_SSLKEY_BLOB, endpoint->settings->key);
	}
}

/* An empty text keeps libcurl from reading the environment, which is empty anyway. */
void endpoint_apply(struct exchange *exchange)
{
	const struct settings *settings = &exchange->transport->settings;
	const char *proxy = exchange->url.is_tls ? settings->https_proxy : settings->http_proxy;
	CURL *easy = exchange->easy;

	if (host_is_loopback(exchange->url.host))
		proxy = NULL;
	exchange->is_proxied = proxy != NULL;
	curl_easy_setopt(easy, CURLOPT_PROXY, proxy ? proxy : "");
	curl_easy_setopt(easy, CURLOPT_NOPROXY, settings->no_proxy ? settings->no_proxy : "");
	if (exchange->url.is_tls)
		apply_tls(exchange);
}
