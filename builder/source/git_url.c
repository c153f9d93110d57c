/* SPDX-License-Identifier: Apache-2.0 */
/* What a git URL says: where, which commit, which folder. Pure. */
#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/path.h"
#include "base/strbuf.h"
#include "base/units.h"
#include "builder/source/git_private.h"
#include "registry/download.h"
#include "registry/url.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

static const char *const schemes[] = {"https://", "http://", "ssh://", "git://", NULL};

static const char *scheme_of(const char *text)
{
	const char *const *scheme = schemes;

	while (*scheme && strncasecmp(text, *scheme, strlen(*scheme)) != 0)
		scheme++;
	return *scheme;
}

/* Nothing that git could take for an option, a pattern, or two of them. */
bool git_url_is_ref(const char *text)
{
	size_t length = strlen(text);

	if (length == 0 || length > 512 || text[0] == '-' || text[0] == '/' || text[0] == '.')
		return false;
	if (strstr(text, "..") || strstr(text, "//") || strstr(text, "@{") || strstr(text, "/."))
		return false;
	for (const char *c = text; *c; c++)
		if ((unsigned char)*c <= ' ' || *c == 0x7f || strchr("~^:?*[\\", *c))
			return false;
	return text[length - 1] != '/' && text[length - 1] != '.';
}

bool git_url_is_commit(const char *text)
{
	size_t length = strlen(text);

	return (length == 40 || length == 64) && strspn(text, "0123456789abcdef") == length;
}

/* Host and path as git and ssh are given them: neither may look like an option. */
static bool is_remote(const char *remote)
{
	const char *scheme = scheme_of(remote);
	const char *host = remote + (scheme ? strlen(scheme) : 0);
	size_t authority = strcspn(host, scheme ? "/" : ":");
	const char *at = memchr(host, '@', authority);

	for (const char *c = remote; *c; c++)
		if (*c <= ' ' || *c >= 0x7f || strchr("\"'\\<>`|", *c))
			return false;
	if (authority == 0 || *host == '-' || (at && (at[1] == '-' || at + 1 == host + authority)))
		return false;
	return scheme || (host[authority] == ':' && host[authority + 1] != '-');
}

static int set_ref(struct git_url *url, const char *text, struct arena *arena, struct error *err)
{
	if (!git_url_is_ref(text))
		return error_set(err, ERROR_INVALID, "'%s' cannot be a branch, tag or commit",
				 text);
	if (url->ref && strcmp(url->ref, text) != 0)
		return error_set(err, ERROR_INVALID, "ref conflicts: \"%s\" vs \"%s\"", url->ref,
				 text);
	url->ref = arena_string(arena, text);
	return 0;
}

static int set_subdir(struct git_url *url, const char *text, struct arena *arena, struct error *err)
{
	auto_free char *padded = alloc_format("/%s/", text);
	auto_free char *cleaned = path_clean(padded);

	if (strstr(padded, "/../"))
		return error_set(err, ERROR_INVALID, "the folder '%s' leads upwards", text);
	if (!cleaned[1])
		return 0;
	if (url->subdir && strcmp(url->subdir, cleaned + 1) != 0)
		return error_set(err, ERROR_INVALID, "subdir conflicts: \"%s\" vs \"%s\"",
				 url->subdir, cleaned + 1);
	url->subdir = arena_string(arena, cleaned + 1);
	return 0;
}

static int set_tag(struct git_url *url, const char *text, struct arena *arena, struct error *err)
{
	bool is_whole = strncmp(text, "refs/tags/", 10) == 0;

	return set_ref(url, arena_format(arena, "%s%s", is_whole ? "" : "refs/tags/", text), arena,
		       err);
}

static int set_branch(struct git_url *url, const char *text, struct arena *arena, struct error *err)
{
	bool is_whole = strncmp(text, "refs/heads/", 11) == 0;

	return set_ref(url, arena_format(arena, "%s%s", is_whole ? "" : "refs/heads/", text), arena,
		       err);
}

static int set_checksum(struct git_url *url, const char *text, struct arena *arena,
			struct error *err)
{
	size_t length = strlen(text);

	if (length < 7 || length > 64 || strspn(text, "0123456789abcdef") != length)
		return error_set(err, ERROR_INVALID, "'%s' cannot be a commit's checksum", text);
	url->checksum = arena_string(arena, text);
	return 0;
}

static int parse_flag(bool *flag, const char *text, struct error *err)
{
	*flag = true;
	return *text ? units_parse_bool(flag, text, err) : 0;
}

static int set_keep(struct git_url *url, const char *text, struct arena *arena, struct error *err)
{
	(void)arena;
	url->has_keep = true;
	return parse_flag(&url->keeps, text, err);
}

static int set_submodules(struct git_url *url, const char *text, struct arena *arena,
			  struct error *err)
{
	bool wanted = true;

	(void)arena;
	if (parse_flag(&wanted, text, err) < 0)
		return -1;
	url->skips_submodules = !wanted;
	return 0;
}

static const struct parameter {
	const char *name;
	bool may_be_empty;
	int (*set)(struct git_url *url, const char *text, struct arena *arena, struct error *err);
} parameters[] = {
	{"ref", false, set_ref},
	{"tag", false, set_tag},
	{"branch", false, set_branch},
	{"subdir", false, set_subdir},
	{"checksum", false, set_checksum},
	{"commit", false, set_checksum},
	{"keep-git-dir", true, set_keep},
	{"submodules", true, set_submodules},
	{0},
};

static int set_parameter(struct git_url *url, const char *name, const char *value,
			 struct arena *arena, struct error *err)
{
	const struct parameter *row = parameters;

	while (row->name && strcmp(row->name, name) != 0)
		row++;
	if (!row->name)
		return error_set(err, ERROR_INVALID, "unexpected query \"%s\"", name);
	if (!*value && !row->may_be_empty)
		return error_set(err, ERROR_INVALID, "query \"%s\" has no value", name);
	return row->set(url, value, arena, err);
}

static const char *unescape(const char *text, size_t length, struct arena *arena)
{
	auto_strbuf struct strbuf out = {0};

	url_unescape(&out, text, length);
	return arena_string(arena, strbuf_text(&out));
}

static int parse_query(struct git_url *url, const char *query, size_t length, struct arena *arena,
		       struct error *err)
{
	const char *end = query + length;

	while (query < end) {
		size_t part = strcspn(query, "&#");
		const char *equals = memchr(query, '=', part);
		size_t name = equals ? (size_t)(equals - query) : part;

		if (set_parameter(url, unescape(query, name, arena),
				  equals ? unescape(equals + 1, part - name - 1, arena) : "", arena,
				  err) < 0)
			return -1;
		query += part + 1;
	}
	return 0;
}

/* "REF:SUBDIR" */
static int parse_fragment(struct git_url *url, const char *fragment, struct arena *arena,
			  struct error *err)
{
	size_t length = strcspn(fragment, ":");
	const char *ref = arena_string_n(arena, fragment, length);

	if (*ref && set_ref(url, ref, arena, err) < 0)
		return -1;
	return fragment[length] ? set_subdir(url, fragment + length + 1, arena, err) : 0;
}

/* What ssh is told stays in the remote: it is no secret. */
static void take_user(struct git_url *url, const char *remote, struct arena *arena)
{
	bool is_http = strncasecmp(remote, "http", 4) == 0;
	const char *authority = strstr(remote, "://");
	size_t length = authority ? strcspn(authority + 3, "/") : 0;
	const char *at = is_http && length ? memrchr(authority + 3, '@', length) : NULL;

	url->remote = arena_string(arena, remote);
	if (!at)
		return;
	url->user = unescape(authority + 3, (size_t)(at - authority - 3), arena);
	url->remote = arena_format(arena, "%.*s%s", (int)(authority + 3 - remote), remote, at + 1);
}

int git_url_parse(struct git_url *url, const char *text, struct arena *arena, struct error *err)
{
	bool is_bare = strncmp(text, "github.com/", 11) == 0;
	auto_free char *whole = alloc_format("%s%s", is_bare ? "https://" : "", text);
	auto_free char *shown = download_show_url(whole);
	size_t fragment = strcspn(whole, "#"), query = strcspn(whole, "?#");

	*url = (struct git_url){.shown = arena_string(arena, shown)};
	take_user(url, arena_string_n(arena, whole, query), arena);
	if (!is_remote(url->remote))
		return error_set(err, ERROR_INVALID, "'%s' is no address that git may be given",
				 shown);
	if (query < fragment &&
	    parse_query(url, whole + query + 1, fragment - query - 1, arena, err) < 0)
		return error_wrap(err, "'%s'", shown);
	if (whole[fragment] && parse_fragment(url, whole + fragment + 1, arena, err) < 0)
		return error_wrap(err, "'%s'", shown);
	return 0;
}
