/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/harness/harness.h"

#include "api/http.h"
#include "api/request.h"
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "describe/filters.h"
#include "engine/container.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static struct pair query[] = {{"all", "True"}, {"size", "none"}, {"t", "-1"},  {"x", "1x"},
			      {"empty", ""},   {"name", "a"},	 {"name", "b"}};
static struct pair headers[] = {{"Content-Type", "text/plain"}, {"content-type", "second"}};
static const struct request asked = {
	.query = query, .query_count = 7, .headers = headers, .header_count = 2};

TEST(parameters_are_the_first_of_their_name_and_never_empty)
{
	auto_strvec struct strvec names = {0};

	CHECK_TEXT(request_query(&asked, "name", "?"), "a");
	CHECK_TEXT(request_query(&asked, "empty", "?"), "?");
	CHECK_TEXT(request_query(&asked, "Name", "?"), "?");
	request_query_all(&asked, "name", &names);
	CHECK(names.count == 2);
	CHECK_TEXT(names.items[1], "b");
	CHECK_TEXT(request_header(&asked, "CONTENT-TYPE"), "text/plain");
	CHECK(!request_header(&asked, "Content"));
}

TEST(booleans_are_dockers)
{
	static const char *const no[] = {"", "0", "no", "NO", "false", "False", "none"};
	static const char *const yes[] = {"1", "true", "yes", "2", "off"};
	struct pair pair = {"f", ""};
	struct request request = {.query = &pair, .query_count = 1};

	CHECK(request_flag(&asked, "all") && !request_flag(&asked, "size") &&
	      !request_flag(&asked, "other"));
	for (size_t i = 0; i < array_length(no); i++) {
		pair.value = no[i];
		CHECK(!request_flag(&request, "f"));
	}
	for (size_t i = 0; i < array_length(yes); i++) {
		pair.value = yes[i];
		CHECK(request_flag(&request, "f"));
	}
}

TEST(numbers_are_whole_or_refused)
{
	struct error err = {0};
	int64_t number = 7;

	CHECK_OK(request_number(&asked, "other", &number, &err));
	CHECK_INT(number, 7);
	CHECK_OK(request_number(&asked, "t", &number, &err));
	CHECK_INT(number, -1);
	CHECK(request_number(&asked, "x", &number, &err) < 0);
	CHECK(err.code == ERROR_INVALID && strstr(err.text, "bad parameter 'x'"));
}

static int filter(const char *text, struct strvec *texts, struct error *err)
{
	struct pair pair = {"filters", text};
	const struct request request = {.query = &pair, .query_count = 1};

	return request_filters(&request, container_filters, texts, err);
}

TEST(filters_are_maps_of_maps_or_of_lists)
{
	auto_strvec struct strvec texts = {0};
	struct error err = {0};

	CHECK_OK(filter("{\"label\":{\"a=b\":true,\"c\":false},\"name\":[\"x\",\"y\"]}", &texts,
			&err));
	CHECK(texts.count == 4);
	CHECK_TEXT(texts.items[0], "label=a=b");
	CHECK_TEXT(texts.items[1], "label=c");
	CHECK_TEXT(texts.items[3], "name=y");
}

TEST(filters_that_are_none_are_refused)
{
	static const char *const wrong[] = {"x",
					    "[]",
					    "{\"name\":\"x\"}",
					    "{\"name\":[1]}",
					    "{\"nope\":[\"x\"]}",
					    "{\"name\":[\"a\\u0000b\"]}",
					    "{\"name\":[\"x\"]} x"};

	for (size_t i = 0; i < array_length(wrong); i++) {
		auto_strvec struct strvec texts = {0};
		struct error err = {0};

		CHECK(filter(wrong[i], &texts, &err) < 0);
		CHECK(err.code == ERROR_INVALID && strstr(err.text, "invalid filter"));
	}
}

/* --- on a connection ------------------------------------------------------------------------- */

struct connection {
	struct http *http;
	struct request *request;
	int peer;
	pid_t writer;
};

/* Sends head and @size bytes of @body from a process of its own: they are more than a socket holds.
 */
static void open_connection(struct connection *connection, const char *head, const char *body,
			    size_t size)
{
	int pair[2];

	CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) == 0);
	connection->peer = pair[0];
	connection->writer = fork();
	if (connection->writer == 0) {
		int flags = 0;

		close(pair[1]);
		send(pair[0], head, strlen(head), flags);
		for (size_t at = 0; at < size;) {
			ssize_t n = send(pair[0], body + at, size - at, MSG_NOSIGNAL);

			if (n > 0)
				at += (size_t)n;
			else if (usleep(1000) < 0 || n == 0)
				break;
		}
		_exit(0);
	}
	connection->http = http_new(pair[1], NULL);
	CHECK(connection->http);
	connection->request = http_next(connection->http);
	CHECK(connection->request);
}

static void close_connection(struct connection *connection)
{
	http_free_request(connection->request);
	http_free(connection->http);
	close(connection->peer);
	waitpid(connection->writer, NULL, 0);
}

/* What comes of a body: "" when it is taken. */
static void read_body(struct strbuf *text, const char *head, const char *body, size_t size)
{
	struct connection connection;
	auto_json json *value = NULL;
	struct error err = {0};

	strbuf_clear(text);
	open_connection(&connection, head, body, size);
	if (request_json(connection.request, &value, &err) < 0)
		strbuf_add(text, err.text);
	else
		CHECK(!value || json_is_object(value));
	close_connection(&connection);
}

static void read_sized(struct strbuf *text, const char *type, const char *body, size_t size)
{
	auto_free char *head = alloc_format("POST /x HTTP/1.1\r\nHost: a\r\nContent-Type: %s\r\n"
					    "Content-Length: %zu\r\n\r\n",
					    type, size);

	read_body(text, head, body, size);
}

static void refused(const char *type, const char *body, const char *wanted)
{
	auto_strbuf struct strbuf text = {0};

	read_sized(&text, type, body, strlen(body));
	CHECK(strstr(strbuf_text(&text), wanted));
}

TEST(a_body_is_an_object_of_its_type_or_refused)
{
	static const char json_type[] = "application/json";
	auto_strbuf struct strbuf text = {0};

	read_sized(&text, "application/json; charset=utf-8", "{\"a\":\"\\\\u0000\"}", 15);
	CHECK_TEXT(strbuf_text(&text), "");
	read_sized(&text, json_type, "null\n", 5);
	CHECK_TEXT(strbuf_text(&text), "");
	read_sized(&text, "text/plain", "", 0);
	CHECK_TEXT(strbuf_text(&text), "");
	refused("text/plain", "{}", "unsupported Content-Type header (text/plain)");
	refused(json_type, "[]", "the body is no object");
	refused(json_type, "{\"a\":1", "invalid JSON");
	refused(json_type, "{\"a\":1}{", "invalid JSON");
	refused(json_type, "{\"a\":\"\\\\\\u0000\"}", "has a NUL");
}

TEST(a_body_has_at_most_four_mebibytes)
{
	auto_strbuf struct strbuf text = {0};
	size_t size = REQUEST_JSON_LIMIT + 1;
	auto_free char *body = alloc_zeroed(size + 1, 1);

	memset(body, ' ', size);
	memcpy(body, "{}", 2);
	read_sized(&text, "application/json", body, size - 1);
	CHECK_TEXT(strbuf_text(&text), "");
	read_sized(&text, "application/json", body, size);
	CHECK_TEXT(strbuf_text(&text), "the body is larger than 4 MiB");
}

/* The connection has gone then: what is left is neither read nor answered. */
TEST(a_broken_chunk_ends_the_connection)
{
	struct connection connection;
	const struct http_head head = {.status = 200};
	struct error err = {0};
	json *value;
	char byte;

	open_connection(&connection,
			"POST /x HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
			"Transfer-Encoding: chunked\r\n\r\n",
			"2\r\n{}\r\n2\r\nf   g\r\n0\r\n\r\n", 25);
	CHECK(request_json(connection.request, &value, &err) < 0);
	CHECK(http_read(connection.http, &byte, 1, &err) < 0);
	CHECK(http_answer(connection.http, &head, "", 0) < 0);
	CHECK(!http_next(connection.http));
	close_connection(&connection);
}

/* Several come at once: libmicrohttpd gives them one after the other, though it was suspended. */
TEST(small_chunks_are_one_body)
{
	static const char chunks[] = "1\r\n{\r\n2\r\n\"a\r\n1\r\n\"\r\n3\r\n:1}\r\n0\r\n\r\n";
	auto_strbuf struct strbuf text = {0};

	read_body(&text,
		  "POST /x HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
		  "Transfer-Encoding: chunked\r\n\r\n",
		  chunks, strlen(chunks));
	CHECK_TEXT(strbuf_text(&text), "");
}
