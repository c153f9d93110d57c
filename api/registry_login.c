/* SPDX-License-Identifier: Apache-2.0 */
#include "api/registry_login.h"

#include "api/body.h"
#include "api/request.h"
#include "base/cleanup.h"
#include "base/strbuf.h"
#include "registry/base64.h"
#include "registry/credentials.h"

#include <string.h>

/* Base64 for URLs, with or without its padding. NULL: there is none, or it is no object. */
static json *decode(const char *header)
{
	auto_strbuf struct strbuf text = {0};
	auto_free char *bytes = NULL;
	json *value;
	size_t length;

	for (; header && *header && *header != '='; header++)
		strbuf_add_char(&text, *header == '-' ? '+' : *header == '_' ? '/' : *header);
	while (text.length % 4)
		strbuf_add_char(&text, '=');
	bytes = base64_decode(strbuf_text(&text), &length);
	value = bytes ? json_parse(bytes, length, "login", NULL) : NULL;
	if (bytes)
		explicit_bzero(bytes, length);
	return value;
}

static void lend(const char *host, const json *login)
{
	const struct credentials credentials = {
		.user = (char *)body_text(login, "username"),
		.password = (char *)body_text(login, "password"),
		.identity_token = (char *)body_text(login, "identitytoken"),
	};

	credentials_lend(host,
			 credentials.user || credentials.identity_token ? &credentials : NULL);
}

void registry_login_lend(const struct request *request, const char *host)
{
	auto_json json *login = decode(request_header(request, "X-Registry-Auth"));

	lend(host, login);
}

void registry_login_lend_all(const struct request *request)
{
	auto_json json *logins = decode(request_header(request, "X-Registry-Config"));

	credentials_lend(NULL, NULL);
	if (!json_is_object(logins))
		return;
	json_each (server, login, logins) {
		auto_free char *host = credentials_host(server, NULL);

		if (host)
			lend(host, login);
	}
}
