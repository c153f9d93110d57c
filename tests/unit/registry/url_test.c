/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/url.h"

#include "base/error.h"
#include "base/strbuf.h"
#include "tests/harness/harness.h"

#include <string.h>

static struct url parse(const char *text)
{
	struct error err = {0};
	struct url url;

	CHECK_OK(url_parse(&url, text, &err));
	return url;
}

static void check_format(const struct url *url, const char *expected)
{
	auto_strbuf struct strbuf text = {0};

	url_format(&text, url);
	CHECK_TEXT(text.text, expected);
}

static void check_resolved(const char *base_text, const char *location, const char *expected)
{
	struct error err = {0};
	struct url base = parse(base_text);

	CHECK_OK(url_resolve(&base, &base, location, &err));
	check_format(&base, expected);
}

TEST(addresses_come_out_as_they_went_in)
{
	static const char *const same[] = {"https://a.example/v2/x?y=%20#z",
					   "http://127.0.0.1:5000/", "https://[::1]:5000/a",
					   "https://a.example", "http://a.example:443/x"};

	check_format(&(struct url){.is_tls = true, .port = 443, .host = "a"}, "https://a");
	for (size_t i = 1; i < sizeof(same) / sizeof(same[0]); i++) {
		struct url url = parse(same[i]);

		check_format(&url, same[i]);
	}
	check_resolved("https://x", same[0], "https://a.example/v2/x?y=%20");
	check_resolved("https://x", "HTTPS://A.Example:443/B", "https://a.example/B");
}

TEST(only_http_and_plain_characters_are_addresses)
{
	static const char *const wrong[] = {"file:///etc/passwd",
					    "ftp://a/",
					    "gopher://a/",
					    "/path",
					    "//host/path",
					    "",
					    "http:/a",
					    "http://",
					    "http://user@a/",
					    "http://u:p@a/",
					    "http://a b/",
					    "http://a/b c",
					    "http://a/\r\nX: y",
					    "http://a/\x80",
					    "http://a\\b/",
					    "http://\xd0\xb0.example/",
					    "javascript:alert(1)",
					    "http://a:99999/"};
	struct error err = {0};
	struct url url;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		CHECK(url_parse(&url, wrong[i], &err) < 0);
		CHECK_INT(err.code, ERROR_INVALID);
	}
}

TEST(locations_are_seen_from_where_they_came)
{
	const char *base = "http://a.example:5000/v2/x/blobs/uploads/id?state=1";

	check_resolved(base, "/v2/y?z=1", "http://a.example:5000/v2/y?z=1");
	check_resolved(base, "other?z=1", "http://a.example:5000/v2/x/blobs/uploads/other?z=1");
	check_resolved(base, "?state=2", "http://a.example:5000/v2/x/blobs/uploads/id?state=2");
	check_resolved(base, "//b.example/q", "http://b.example/q");
	check_resolved(base, "https://b.example/q", "https://b.example/q");
	check_resolved("https://a.example", "x", "https://a.example/x");
}

TEST(a_location_can_be_wrong)
{
	struct url base = parse("https://a.example/x"), url;
	char large[URL_REST_SIZE + 10];

	memset(large, 'x', sizeof(large) - 1);
	large[sizeof(large) - 1] = '\0';
	CHECK(url_resolve(&url, &base, large, NULL) < 0);
	large[0] = '/';
	CHECK(url_resolve(&url, &base, large, NULL) < 0);
	CHECK(url_resolve(&url, &base, "file:///etc/passwd", NULL) < 0);
	CHECK(url_resolve(&url, &base, "/a\nb", NULL) < 0);
}

TEST(credentials_go_to_one_origin_only)
{
	struct url a = parse("https://a.example/x"), b = parse("https://A.EXAMPLE:443/y");
	struct url port = parse("https://a.example:444/x"), plain = parse("http://a.example:443/x");
	struct url host = parse("https://b.example/x");

	CHECK(url_is_same_origin(&a, &b));
	CHECK(!url_is_same_origin(&a, &port));
	CHECK(!url_is_same_origin(&a, &plain));
	CHECK(!url_is_same_origin(&a, &host));
}

static int check_redirect(const char *from_text, const char *to_text)
{
	struct url from = parse(from_text), to = parse(to_text);
	struct error err = {0};
	int rc = url_check_redirect(&from, &to, &err);

	CHECK(rc == 0 || err.code == ERROR_DENIED);
	return rc;
}

TEST(nothing_leads_from_https_to_http)
{
	CHECK(check_redirect("https://a.example/", "http://a.example/") < 0);
	CHECK(check_redirect("https://localhost/", "http://localhost/") < 0);
	CHECK_INT(check_redirect("https://a.example/", "https://b.example/"), 0);
	CHECK_INT(check_redirect("http://a.example/", "http://b.example/"), 0);
	CHECK_INT(check_redirect("http://a.example/", "https://b.example/"), 0);
}

TEST(nothing_outside_leads_to_this_machine)
{
	CHECK(check_redirect("https://a.example/", "https://localhost/") < 0);
	CHECK(check_redirect("http://a.example/", "http://127.0.0.1:2375/") < 0);
	CHECK(check_redirect("http://a.example/", "http://169.254.169.254/latest") < 0);
	CHECK(check_redirect("http://a.example/", "http://[::1]/") < 0);
	CHECK(check_redirect("http://a.example/", "http://[fe80::1]/") < 0);
	CHECK_INT(check_redirect("http://localhost:5000/", "http://127.0.0.1:5001/"), 0);
}

TEST(queries_are_escaped)
{
	auto_strbuf struct strbuf out = {0};

	url_escape(&out, "repository:a/b:pull,push é&=");
	CHECK_TEXT(out.text, "repository%3Aa%2Fb%3Apull%2Cpush%20%C3%A9%26%3D");
}
