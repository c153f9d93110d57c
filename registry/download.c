/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/download.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "base/utf8.h"
#include "registry/prepare.h"
#include "registry/registry_private.h"
#include "registry/settings.h"
#include "registry/url.h"
#include "registry/wire.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define CHUNK ((size_t)256 << 10)

/* ---- addresses and names --------------------------------------------------------------------- */

/* Where the host begins, and how much of what is before it is a user's name and password. */
static const char *find_user(const char *url, size_t *length)
{
	const char *slashes = strstr(url, "://");
	const char *authority = slashes ? slashes + 3 : url;
	size_t end = strcspn(authority, "/?#");

	*length = 0;
	for (size_t i = 0; slashes && i < end; i++)
		if (authority[i] == '@')
			*length = i + 1;
	return authority;
}

char *download_show_url(const char *url)
{
	size_t length;
	const char *user = find_user(url, &length);

	return alloc_format("%.*s%s", (int)(user - url), url, user + length);
}

static char *unescape(const char *text, size_t length)
{
	struct strbuf out = {0};

	url_unescape(&out, text, length);
	/* A NUL would end it too early. */
	if (out.length && memchr(out.text, '\0', out.length))
		strbuf_clear(&out);
	return strbuf_take(&out);
}

void download_clean_name(char name[DOWNLOAD_NAME_SIZE], const char *text)
{
	const char *slash = strrchr(text, '/');
	const char *base = slash ? slash + 1 : text;
	size_t length = strlen(base);

	name[0] = '\0';
	if (length >= DOWNLOAD_NAME_SIZE || strcmp(base, ".") == 0 || strcmp(base, "..") == 0 ||
	    !utf8_is_valid(base, length))
		return;
	for (size_t i = 0; i < length; i++)
		if ((unsigned char)base[i] < ' ' || base[i] == 0x7f)
			return;
	memcpy(name, base, length + 1);
}

void download_url_name(char name[DOWNLOAD_NAME_SIZE], const char *url)
{
	size_t user;
	const char *authority = find_user(url, &user);
	const char *path = authority + strcspn(authority, "/?#");
	auto_free char *text = unescape(path, strcspn(path, "?#"));
	size_t length = strlen(text);

	while (length > 0 && text[length - 1] == '/')
		text[--length] = '\0';
	download_clean_name(name, text);
}

/* ---- fetching -------------------------------------------------------------------------------- */

static int hash_file(struct download *download, int fd, struct error *err)
{
	auto_free char *buffer = alloc_bytes(CHUNK);
	struct digest digest;
	int64_t at = 0;

	digest_init(&digest);
	while (at < download->size) {
		ssize_t length = pread(fd, buffer, CHUNK, at);

		if (length < 0 && errno == EINTR)
			continue;
		if (length <= 0)
			return error_errno(err, "cannot read what was received");
		digest_add(&digest, buffer, (size_t)length);
		at += length;
	}
	digest_finish(&digest, download->hex);
	return 0;
}

static int take_reply(struct download *download, const struct download_request *request,
		      const struct wire_reply *reply, struct error *err)
{
	download->is_unchanged = reply->answer == 1;
	if (download->is_unchanged)
		return 0;
	download->size = reply->bytes;
	snprintf(download->validator, sizeof(download->validator), "%s", reply->media_type);
	download->modified_s = reply->modified_s;
	download_url_name(download->name, request->url);
	if (!download->name[0])
		download_clean_name(download->name, reply->text);
	/* A first attempt may have brought more than the last one. */
	if (ftruncate(request->fd, reply->bytes) < 0)
		return error_errno(err, "cannot cut what was received");
	return hash_file(download, request->fd, err);
}

static void set_user(struct settings *settings, const char *user, size_t length)
{
	const char *colon = memchr(user, ':', length);
	size_t name_length = colon ? (size_t)(colon - user) : length;
	auto_free char *name = unescape(user, name_length);
	auto_free char *password =
		colon ? unescape(colon + 1, length - name_length - 1) : alloc_string("");

	settings->endpoints[0].user = arena_string(&settings->arena, name);
	settings->endpoints[0].password = arena_string(&settings->arena, password);
}

static int fetch(struct wire_reply *reply, const struct download_request *request,
		 struct error *err)
{
	auto_settings struct settings settings = {0};
	auto_registry struct registry *registry = NULL;
	auto_free char *plain = download_show_url(request->url);
	struct wire_request wanted = {
		.kind = WIRE_GET_URL,
		.size = request->limit > 0 ? request->limit : DOWNLOAD_LIMIT,
	};
	size_t length;
	const char *user = find_user(request->url, &length);

	if (prepare_url(&settings, plain, err) < 0)
		return -1;
	if (request->validator)
		snprintf(wanted.media_type, sizeof(wanted.media_type), "%s", request->validator);
	if (length > 1)
		set_user(&settings, user, length - 1);
	if (registry_start(&registry, request->transport, &settings, err) < 0)
		return -1;
	return registry_call(registry, &wanted, request->fd, reply, err);
}

int download_run(struct download *download, const struct download_request *request,
		 struct error *err)
{
	auto_free char *shown = download_show_url(request->url);
	struct wire_reply reply;

	*download = (struct download){0};
	if (fetch(&reply, request, err) < 0 || take_reply(download, request, &reply, err) < 0)
		return error_wrap(err, "cannot fetch '%s'", shown);
	return 0;
}
