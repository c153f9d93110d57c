/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/url.h"

#include "base/error.h"
#include "base/strbuf.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static uint16_t scheme_port(bool is_tls)
{
	return is_tls ? 443 : 80;
}

/* "http:" or "https:"; returns what is behind it, NULL for anything else. */
static const char *parse_scheme(bool *is_tls, const char *text)
{
	if (strncasecmp(text, "https:", 6) == 0) {
		*is_tls = true;
		return text + 6;
	}
	if (strncasecmp(text, "http:", 5) == 0) {
		*is_tls = false;
		return text + 5;
	}
	return NULL;
}

/* Is there a scheme at all (RFC 3986, 3.1)? */
static bool has_scheme(const char *text)
{
	size_t length = 0;

	if (!isalpha((unsigned char)text[0]))
		return false;
	while (isalnum((unsigned char)text[length]) ||
	       (text[length] && strchr("+-.", text[length])))
		length++;
	return text[length] == ':';
}

static int set_rest(struct url *url, const char *rest, struct error *err)
{
	size_t length = strcspn(rest, "#");

	if (length + 2 > sizeof(url->rest))
		return error_set(err, ERROR_INVALID, "an address is longer than %d bytes",
				 URL_REST_SIZE);
	for (size_t i = 0; i < length; i++)
		if (rest[i] <= 0x20 || rest[i] >= 0x7f || rest[i] == '\\')
			return error_set(err, ERROR_INVALID,
					 "an address has a character that must be escaped");
	snprintf(url->rest, sizeof(url->rest), "%s%.*s", rest[0] == '?' ? "/" : "", (int)length,
		 rest);
	return 0;
}

/* "//HOST[:PORT]/path?query" */
static int parse_authority(struct url *url, const char *text, struct error *err)
{
	char authority[HOST_SIZE + 8];
	size_t length;

	if (strncmp(text, "//", 2) != 0)
		return error_set(err, ERROR_INVALID, "an address without a host");
	text += 2;
	length = strcspn(text, "/?#");
	if (length >= sizeof(authority))
		return error_set(err, ERROR_INVALID,
				 "an address with a host name that is too long");
	snprintf(authority, sizeof(authority), "%.*s", (int)length, text);
	if (strchr(authority, '@'))
		return error_set(err, ERROR_INVALID, "an address with a user name");
	if (!host_split(authority, url->host, &url->port))
		return error_set(err, ERROR_INVALID, "an address with an invalid host");
	if (url->port == 0)
		url->port = scheme_port(url->is_tls);
	return set_rest(url, text + length, err);
}

int url_parse(struct url *url, const char *text, struct error *err)
{
	const char *behind = parse_scheme(&url->is_tls, text);

	if (!behind)
		return error_set(err, ERROR_INVALID, "an address that is neither http nor https");
	return parse_authority(url, behind, err);
}

int url_resolve(struct url *url, const struct url *base, const char *location, struct error *err)
{
	char joined[URL_REST_SIZE];
	size_t keep;

	if (has_scheme(location))
		return url_parse(url, location, err);
	if (url != base)
		*url = *base;
	if (strncmp(location, "//", 2) == 0)
		return parse_authority(url, location, err);
	if (location[0] == '/')
		return set_rest(url, location, err);
	keep = strcspn(url->rest, "?");
	if (location[0] != '?')
		while (keep > 0 && url->rest[keep - 1] != '/')
			keep--;
	if ((size_t)snprintf(joined, sizeof(joined), "%.*s%s%s", (int)keep, url->rest,
			     keep == 0 && location[0] != '?' ? "/" : "",
			     location) >= sizeof(joined))
		return error_set(err, ERROR_INVALID, "an address is longer than %d bytes",
				 URL_REST_SIZE);
	return set_rest(url, joined, err);
}

void url_format_host(struct strbuf *out, const struct url *url)
{
	strbuf_printf(out, strchr(url->host, ':') ? "[%s]" : "%s", url->host);
	if (url->port != scheme_port(url->is_tls))
		strbuf_printf(out, ":%u", url->port);
}

void url_format(struct strbuf *out, const struct url *url)
{
	strbuf_add(out, url->is_tls ? "https://" : "http://");
	url_format_host(out, url);
	strbuf_add(out, url->rest);
}

bool url_is_same_origin(const struct url *a, const struct url *b)
{
	return a->is_tls == b->is_tls && a->port == b->port && strcmp(a->host, b->host) == 0;
}

int url_check_redirect(const struct url *from, const struct url *to, struct error *err)
{
	if (from->is_tls && !to->is_tls)
		return error_set(err, ERROR_DENIED, "'%s' leads from https to http ('%s'): refused",
				 from->host, to->host);
	if (host_is_local(to->host) && !host_is_local(from->host))
		return error_set(err, ERROR_DENIED,
				 "'%s' leads to an address of this machine or its link ('%s'): "
				 "refused",
				 from->host, to->host);
	return 0;
}

void url_escape(struct strbuf *out, const char *text)
{
	for (; *text; text++)
		strbuf_add_url(out, (unsigned char)*text, false);
}

static int hex_value(char digit)
{
	return isdigit((unsigned char)digit) ? digit - '0' : tolower(digit) - 'a' + 10;
}

void url_unescape(struct strbuf *out, const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (text[i] == '%' && i + 2 < length && isxdigit((unsigned char)text[i + 1]) &&
		    isxdigit((unsigned char)text[i + 2])) {
			strbuf_add_char(
				out, (char)(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2])));
			i += 2;
		} else {
			strbuf_add_char(out, text[i]);
		}
	}
}
