/* SPDX-License-Identifier: Apache-2.0 */
#include "api/answer.h"

#include "api/http.h"
#include "api/request.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "base/strbuf.h"
#include "describe/version.h"

#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#define MOST_HEADERS 12

struct head {
	struct http_head head;
	struct pair headers[MOST_HEADERS];
};

static void add_header(struct head *head, const char *name, const char *value)
{
	head->headers[head->head.header_count++] = (struct pair){name, value};
}

/* What stands in every answer. */
static void begin_head(struct head *head, struct request *request, unsigned status,
		       const char *type)
{
	*head = (struct head){.head = {.status = status, .headers = head->headers}};
	add_header(head, "Api-Version", VERSION_OF_API);
	add_header(head, "Docker-Experimental", "false");
	add_header(head, "Ostype", "linux");
	add_header(head, "Server", "Docker/" VERSION_OF_DOCKER " (linux)");
	if (type)
		add_header(head, "Content-Type", type);
	request->is_answered = true;
}

static void send_whole(struct request *request, const struct head *head, const char *text,
		       size_t length)
{
	http_answer(request->http, &head->head, text, length);
}

void answer_json(struct request *request, unsigned status, json *value)
{
	auto_json json *owned = value;
	auto_strbuf struct strbuf text = {0};
	struct head head;

	json_print(&text, owned, false);
	strbuf_add_char(&text, '\n');
	begin_head(&head, request, status, ANSWER_JSON);
	send_whole(request, &head, text.text, text.length);
}

void answer_empty(struct request *request, unsigned status)
{
	struct head head;

	begin_head(&head, request, status, NULL);
	send_whole(request, &head, "", 0);
}

static void begin_head_with(struct head *head, struct request *request, const char *type,
			    const struct pair *more, size_t more_count)
{
	begin_head(head, request, 200, type);
	for (size_t i = 0; i < more_count; i++)
		add_header(head, more[i].name, more[i].value);
}

void answer_head(struct request *request, const char *type, const struct pair *more,
		 size_t more_count)
{
	struct head head;

	begin_head_with(&head, request, type, more, more_count);
	send_whole(request, &head, "", 0);
}

void answer_text(struct request *request, const char *type, const char *text,
		 const struct pair *more, size_t more_count)
{
	struct head head;

	begin_head_with(&head, request, type, more, more_count);
	send_whole(request, &head, text, strlen(text));
}

void answer_message(struct request *request, unsigned status, const char *message)
{
	json *value = json_new_object();

	json_set_string(value, "message", message);
	answer_json(request, status, value);
}

int answer_begin_with(struct request *request, const char *type, const struct pair *more,
		      size_t more_count)
{
	struct head head;

	begin_head_with(&head, request, type, more, more_count);
	return http_begin(request->http, &head.head, false);
}

int answer_begin(struct request *request, const char *type)
{
	return answer_begin_with(request, type, NULL, 0);
}

int answer_write(struct request *request, const void *bytes, size_t length)
{
	return length ? http_write(request->http, bytes, length) : 0;
}

int answer_line(struct request *request, const json *value, const char *end)
{
	auto_strbuf struct strbuf text = {0};

	json_print(&text, value, false);
	strbuf_add(&text, end);
	return answer_write(request, text.text, text.length);
}

int answer_end(struct request *request)
{
	return http_end(request->http);
}

void answer_break(struct request *request)
{
	http_break(request->http);
}

static bool wants_upgrade(const struct request *request)
{
	return request_header(request, "Upgrade") != NULL;
}

int answer_hijack(struct request *request, const char *type, struct answer_raw *raw)
{
	struct http_early early = {0};
	struct head head;

	*raw = (struct answer_raw){.fd = http_fd(request->http)};
	if (!wants_upgrade(request)) {
		begin_head(&head, request, 200, ANSWER_RAW);
		return http_begin(request->http, &head.head, true);
	}
	begin_head(&head, request, 101, type);
	/* libmicrohttpd wants to see them in this order. */
	add_header(&head, "Connection", "Upgrade");
	add_header(&head, "Upgrade", "tcp");
	if (http_hijack(request->http, &head.head, &early) < 0)
		return -1;
	raw->is_hijacked = true;
	raw->early = early.bytes;
	raw->early_length = early.length;
	return 0;
}

int answer_raw_write(struct request *request, const struct answer_raw *raw, const void *bytes,
		     size_t length)
{
	return raw->is_hijacked ? file_write_all(raw->fd, bytes, length, NULL)
				: answer_write(request, bytes, length);
}

void answer_raw_end(struct request *request, struct answer_raw *raw)
{
	if (raw->is_hijacked)
		shutdown(raw->fd, SHUT_RDWR);
	else
		answer_end(request);
}
