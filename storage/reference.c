/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/reference.h"

#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"

#define DEFAULT_REGISTRY "docker.io"
#define LONGEST_NAME	 255
#define LONGEST_TAG	 128

static bool is_lower(char c)
{
	return c >= 'a' && c <= 'z';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_alphanumeric(char c)
{
	return is_lower(c) || is_digit(c) || (c >= 'A' && c <= 'Z');
}

bool reference_is_hex(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (!is_digit(text[i]) && !(text[i] >= 'a' && text[i] <= 'f'))
			return false;
	return length > 0;
}

int reference_parse_digest(char hex[DIGEST_HEX_SIZE], const char *text, const char *what,
			   struct error *err)
{
	static const char prefix[] = "sha256:";
	size_t skip = sizeof(prefix) - 1;

	if (!text || strncmp(text, prefix, skip) != 0 ||
	    strnlen(text + skip, DIGEST_HEX_SIZE) != 64 || !reference_is_hex(text + skip, 64))
		return error_set(err, ERROR_INVALID,
				 "%s: '%.80s' is not a digest: want sha256: and 64 lower-case "
				 "hexadecimal digits",
				 what, text ? text : "");
	memcpy(hex, text + skip, 65);
	return 0;
}

/* [a-z0-9]+((\.|_|__|-+)[a-z0-9]+)* */
static bool is_component(const char *text, size_t length)
{
	size_t i = 0;

	for (;;) {
		size_t start = i;

		while (i < length && (is_lower(text[i]) || is_digit(text[i])))
			i++;
		if (i == start)
			return false;
		if (i == length)
			return true;
		if (text[i] == '-')
			while (i < length && text[i] == '-')
				i++;
		else if (text[i] == '_')
			i += i + 1 < length && text[i + 1] == '_' ? 2 : 1;
		else if (text[i] == '.')
			i++;
		else
			return false;
	}
}

static bool is_repository(const char *text, size_t length)
{
	while (length > 0) {
		const char *slash = memchr(text, '/', length);
		size_t part = slash ? (size_t)(slash - text) : length;

		if (!is_component(text, part))
			return false;
		if (!slash)
			return true;
		text += part + 1;
		length -= part + 1;
	}
	return false;
}

/* A host name or address, IPv6 in brackets, with an optional port. */
static bool is_registry(const char *text, size_t length)
{
	size_t i = 0;

	if (length && text[0] == '[') {
		for (i = 1; i < length && text[i] != ']'; i++)
			if (!is_alphanumeric(text[i]) && text[i] != ':')
				return false;
		if (i++ >= length)
			return false;
	} else {
		while (i < length && text[i] != ':') {
			bool edge = i == 0 || i + 1 == length || text[i + 1] == ':' ||
				    text[i + 1] == '.' || text[i - 1] == '.';

			if (!is_alphanumeric(text[i]) && (edge || !strchr("-.", text[i])))
				return false;
			i++;
		}
		if (i == 0)
			return false;
	}
	if (i == length)
		return true;
	if (text[i] != ':' || i + 1 == length)
		return false;
	for (i++; i < length; i++)
		if (!is_digit(text[i]))
			return false;
	return true;
}

static bool is_tag(const char *text)
{
	size_t length = strlen(text);

	if (length == 0 || length > LONGEST_TAG || text[0] == '.' || text[0] == '-')
		return false;
	for (size_t i = 0; i < length; i++)
		if (!is_alphanumeric(text[i]) && !strchr("._-", text[i]))
			return false;
	return true;
}

/* The part before the first slash is a registry if it could not be a name. */
static size_t registry_length(const char *name, size_t length)
{
	const char *slash = memchr(name, '/', length);
	size_t part = slash ? (size_t)(slash - name) : 0;

	if (part == 0)
		return 0;
	if (memchr(name, '.', part) || memchr(name, ':', part) ||
	    (part == 9 && memcmp(name, "localhost", 9) == 0))
		return part;
	for (size_t i = 0; i < part; i++)
		if (name[i] >= 'A' && name[i] <= 'Z')
			return part;
	return 0;
}

static bool is_docker_hub(const char *registry, size_t length)
{
	return length == 0 || (length == 9 && memcmp(registry, DEFAULT_REGISTRY, 9) == 0) ||
	       (length == 15 && memcmp(registry, "index.docker.io", 15) == 0);
}

static char *invalid(const char *text, const char *why, struct error *err)
{
	error_set(err, ERROR_INVALID, "'%.300s' is not an image reference: %s", text, why);
	return NULL;
}

char *reference_normalize(const char *text, struct error *err)
{
	const char *at = strchr(text, '@');
	size_t length = at ? (size_t)(at - text) : strlen(text);
	const char *slash = memrchr(text, '/', length);
	size_t behind = slash ? (size_t)(slash - text) : 0;
	const char *colon = memchr(text + behind, ':', length - behind);
	size_t name_length = colon ? (size_t)(colon - text) : length;
	size_t registry = registry_length(text, name_length);
	const char *repository = text + registry + (registry ? 1 : 0);
	size_t repository_length = name_length - (size_t)(repository - text);
	bool is_hub = is_docker_hub(text, registry);
	auto_free char *tag = NULL;
	const char *library;
	char hex[DIGEST_HEX_SIZE];

	if (name_length == 0)
		return invalid(text, "the name is empty", err);
	if (!at && !colon && length == 64 && reference_is_hex(text, 64))
		return invalid(text, "64 hexadecimal digits are an image id", err);
	if (registry && !is_registry(text, registry))
		return invalid(text, "the registry is not host[:port]", err);
	if (!is_repository(repository, repository_length))
		return invalid(text,
			       "the name consists of lower-case letters, digits, and single . _ - "
			       "/ between them",
			       err);
	tag = colon ? alloc_string_n(colon + 1, length - name_length - 1) : alloc_string("latest");
	if (!is_tag(tag))
		return invalid(text, "the tag consists of at most 128 letters, digits, . _ -", err);
	if (at && reference_parse_digest(hex, at + 1, text, err) < 0)
		return NULL;
	library = is_hub && !memchr(repository, '/', repository_length) ? "library/" : "";
	if ((is_hub ? 9 : registry) + 1 + strlen(library) + repository_length > LONGEST_NAME)
		return invalid(text, "the name is longer than 255 bytes", err);
	return alloc_format("%.*s/%s%.*s%s%s", (int)(is_hub ? 9 : registry),
			    is_hub ? DEFAULT_REGISTRY : text, library, (int)repository_length,
			    repository, at ? "@sha256:" : ":", at ? hex : tag);
}

char *reference_familiar(const char *full)
{
	static const char hub[] = DEFAULT_REGISTRY "/";
	static const char library[] = "library/";
	const char *rest = full + sizeof(hub) - 1;

	if (strncmp(full, hub, sizeof(hub) - 1) != 0)
		return alloc_string(full);
	if (strncmp(rest, library, sizeof(library) - 1) == 0 &&
	    !strchr(rest + sizeof(library) - 1, '/'))
		return alloc_string(rest + sizeof(library) - 1);
	/* "docker.io/host.tld/x" must keep its registry: without it the first part becomes one. */
	return alloc_string(registry_length(rest, strlen(rest)) ? full : rest);
}

size_t reference_repository_length(const char *full)
{
	const char *at = strchr(full, '@');
	size_t length = at ? (size_t)(at - full) : strlen(full);
	const char *slash = memrchr(full, '/', length);
	const char *from = slash ? slash : full;
	const char *colon = memchr(from, ':', length - (size_t)(from - full));

	return colon ? (size_t)(colon - full) : length;
}
