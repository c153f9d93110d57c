/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/prepare.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/strbuf.h"
#include "registry/certs.h"
#include "registry/config.h"
#include "registry/credentials.h"
#include "registry/host.h"
#include "registry/registry.h"
#include "registry/settings.h"
#include "registry/url.h"

#include <fcntl.h>
#include <string.h>

#define LARGEST_BUNDLE ((size_t)4 << 20)

/* ---- endpoints ------------------------------------------------------------------------------- */

static bool is_insecure(const struct config *config, const char *host)
{
	char name[HOST_SIZE];
	uint16_t port;

	return (host_split(host, name, &port) && host_is_loopback(name)) ||
	       host_is_listed(host, &config->insecure);
}

static int add_secrets(struct settings *settings, struct settings_endpoint *endpoint,
		       const char *host, struct error *err)
{
	auto_credentials struct credentials credentials = {0};
	struct certs certs = {0};

	if (credentials_find(&credentials, host, err) < 0)
		return -1;
	endpoint->user = arena_string(&settings->arena, credentials.user);
	endpoint->password = arena_string(&settings->arena, credentials.password);
	endpoint->identity_token = arena_string(&settings->arena, credentials.identity_token);
	if (certs_load(&certs, &settings->arena, host, err) < 0)
		return -1;
	endpoint->ca = certs.ca;
	endpoint->certificate = certs.certificate;
	endpoint->key = certs.key;
	return 0;
}

/* As Docker asks them: https; and where that is no must, http if there is no https. */
static void add_host(struct settings *settings, const struct config *config, const char *host)
{
	struct settings_endpoint *endpoint = settings_add_endpoint(settings);
	const char *api = host_api(host);

	endpoint->is_insecure = is_insecure(config, host);
	endpoint->url = arena_format(&settings->arena, "https://%s", api);
	if (!endpoint->is_insecure)
		return;
	endpoint = settings_add_endpoint(settings);
	endpoint->is_insecure = endpoint->is_fallback = true;
	endpoint->url = arena_format(&settings->arena, "http://%s", api);
}

static int add_mirrors(struct settings *settings, const struct config *config, const char *host,
		       struct error *err)
{
	const struct strvec *mirrors = config_mirrors(config, host);

	for (size_t i = 0; mirrors && i < mirrors->count; i++) {
		struct settings_endpoint *endpoint = settings_add_endpoint(settings);
		auto_strbuf struct strbuf mirror_host = {0};
		struct url url;

		if (url_parse(&url, mirrors->items[i], err) < 0)
			return -1;
		url_format_host(&mirror_host, &url);
		endpoint->is_mirror = true;
		endpoint->is_insecure = is_insecure(config, mirror_host.text);
		endpoint->url = arena_string(&settings->arena, mirrors->items[i]);
		if (add_secrets(settings, endpoint, mirror_host.text, err) < 0)
			return -1;
	}
	return 0;
}

/* The endpoints of the registry itself share what belongs to its name. */
static int add_registry(struct settings *settings, const struct config *config, const char *host,
			struct error *err)
{
	struct settings_endpoint *first;
	size_t count = settings->endpoint_count;

	add_host(settings, config, host);
	first = &settings->endpoints[count];
	if (add_secrets(settings, first, host, err) < 0)
		return -1;
	for (size_t i = count + 1; i < settings->endpoint_count; i++) {
		struct settings_endpoint *other = &settings->endpoints[i];

		other->user = first->user;
		other->password = first->password;
		other->identity_token = first->identity_token;
	}
	return 0;
}

/* ---- environment ----------------------------------------------------------------------------- */

/* As Go reads them: upper case first. */
static const char *environment(const char *upper, const char *lower)
{
	const char *value = getenv(upper);

	if (!value || !*value)
		value = getenv(lower);
	return value && *value ? value : NULL;
}

static int add_environment(struct settings *settings, struct error *err)
{
	const char *all = environment("ALL_PROXY", "all_proxy");
	const char *http = environment("HTTP_PROXY", "http_proxy");
	const char *https = environment("HTTPS_PROXY", "https_proxy");
	const char *roots = environment("SSL_CERT_FILE", "SSL_CERT_FILE");
	auto_strbuf struct strbuf text = {0};

	settings->http_proxy = arena_string(&settings->arena, http ? http : all);
	settings->https_proxy = arena_string(&settings->arena, https ? https : all);
	settings->no_proxy = arena_string(&settings->arena, environment("NO_PROXY", "no_proxy"));
	if (!roots)
		return 0;
	if (file_read(AT_FDCWD, roots, LARGEST_BUNDLE, &text, err) < 0)
		return error_wrap(err, "SSL_CERT_FILE");
	settings->roots = arena_string(&settings->arena, strbuf_text(&text));
	return 0;
}

static int prepare_common(struct settings *settings, const struct config *config, struct error *err)
{
	settings->agent = arena_string(&settings->arena, "coracle/" CORACLE_VERSION);
	settings->limits = config->limits;
	settings->insecure = strvec_copy(&config->insecure, &settings->arena);
	return add_environment(settings, err);
}

static int prepare_with_headers(struct settings *settings, const struct config *config,
				struct error *err)
{
	settings->headers = credentials_headers(&settings->arena, err);
	return settings->headers ? prepare_common(settings, config, err) : -1;
}

int prepare_settings(struct settings *settings, const struct registry_options *options,
		     struct error *err)
{
	auto_config struct config config = {0};
	const char *slash = strchr(options->repository, '/');

	if (!slash || !slash[1])
		return error_set(err, ERROR_INVALID, "'%s' is no full name", options->repository);
	settings->host = arena_string_n(&settings->arena, options->repository,
					(size_t)(slash - options->repository));
	settings->repository = arena_string(&settings->arena, slash + 1);
	settings->mount_from = arena_string(&settings->arena, options->mount_from);
	settings->can_push = options->access == REGISTRY_PUSH;
	if (host_check(settings->host, err) < 0 || config_load(&config, err) < 0)
		return -1;
	if (!settings->can_push && add_mirrors(settings, &config, settings->host, err) < 0)
		return -1;
	if (add_registry(settings, &config, settings->host, err) < 0)
		return -1;
	return prepare_with_headers(settings, &config, err);
}

int prepare_login(struct settings *settings, const char *host, const char *user,
		  const char *password, struct error *err)
{
	auto_config struct config config = {0};

	settings->host = arena_string(&settings->arena, host);
	if (host_check(host, err) < 0 || config_load(&config, err) < 0)
		return -1;
	if (add_registry(settings, &config, host, err) < 0)
		return -1;
	for (size_t i = 0; i < settings->endpoint_count; i++) {
		settings->endpoints[i].user = arena_string(&settings->arena, user);
		settings->endpoints[i].password = arena_string(&settings->arena, password);
		settings->endpoints[i].identity_token = NULL;
	}
	return prepare_with_headers(settings, &config, err);
}

/* Who does not answer is not asked as often as a registry. */
#define URL_ATTEMPTS 3

int prepare_url(struct settings *settings, const char *url, struct error *err)
{
	auto_config struct config config = {0};
	struct url parsed;

	if (url_parse(&parsed, url, err) < 0 || config_load(&config, err) < 0)
		return -1;
	settings->host = arena_string(&settings->arena, parsed.host);
	settings_add_endpoint(settings)->url = arena_string(&settings->arena, url);
	settings->headers = arena_array(&settings->arena, 1, sizeof(*settings->headers));
	if (config.limits.attempts > URL_ATTEMPTS)
		config.limits.attempts = URL_ATTEMPTS;
	return prepare_common(settings, &config, err);
}
