/* SPDX-License-Identifier: Apache-2.0 */
#include "api/http.h"

#include "api/request.h"
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/units.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/sockios.h>
#include <microhttpd.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/* Of one connection: request line, headers (1 MiB), and what has been read of the body. */
#define POOL_SIZE ((size_t)1280 << 10)
#define BODY_ROOM ((size_t)64 << 10)

struct http {
	struct MHD_Daemon *daemon;
	struct MHD_Connection *link; /* NULL: between requests, or the client has gone */
	int fd, epoll_fd;
	bool is_closed;
	/* The request that has come, until http_next gives it away. */
	struct request *request;
	bool is_held; /* suspended: an endpoint has its turn */
	/* Its body. */
	char body[BODY_ROOM];
	size_t body_at, body_length;
	bool has_body_ended;
	/* Its answer. */
	const char *out;
	size_t out_length;
	bool is_out_empty, has_out_ended, is_done;
	bool is_answering; /* queued, and not done */
	bool is_upgraded;
	char *early;
	size_t early_length;
};

/* --- called by libmicrohttpd ------------------------------------------------------------------ */

/* How many, and then each: twice the same walk. */
struct collected {
	struct arena *arena;
	struct pair *items;
	size_t count, room;
};

static enum MHD_Result collect(void *data, enum MHD_ValueKind kind, const char *name,
			       const char *value)
{
	struct collected *into = data;

	(void)kind;
	if (into->count == into->room) {
		size_t room = into->room ? 2 * into->room : 16;
		struct pair *items = arena_array(into->arena, room, sizeof(*items));

		if (into->count)
			memcpy(items, into->items, into->count * sizeof(*items));
		into->items = items;
		into->room = room;
	}
	into->items[into->count++] = (struct pair){arena_string(into->arena, name),
						   arena_string(into->arena, value ? value : "")};
	return MHD_YES;
}

static void fill_request(struct http *http, const char *url, const char *method)
{
	struct request *request = alloc_zeroed(1, sizeof(*request));
	struct collected query = {.arena = &request->arena}, headers = query;

	request->http = http;
	request->method = arena_string(&request->arena, method);
	request->path = arena_string(&request->arena, url);
	MHD_get_connection_values(http->link, MHD_GET_ARGUMENT_KIND, collect, &query);
	MHD_get_connection_values(http->link, MHD_HEADER_KIND, collect, &headers);
	request->query = query.items;
	request->query_count = query.count;
	request->headers = headers.items;
	request->header_count = headers.count;
	http->request = request;
	http->body_at = http->body_length = 0;
	http->has_body_ended = false;
}

/* What says how long the body is, and whether all of it reads the same to everybody. */
struct lengths {
	size_t count;
	bool is_strange;
};

/* RFC 9110: a name is of these characters alone. libmicrohttpd takes any. */
static bool is_token(const char *name, size_t size)
{
	static const char others[] = "!#$%&'*+-.^_`|~";

	for (size_t i = 0; i < size; i++)
		if (!isalnum((unsigned char)name[i]) && (!name[i] || !strchr(others, name[i])))
			return false;
	return size > 0;
}

/* No NUL, and no end of line that is none to others. */
static bool is_one_line(const char *value, size_t size)
{
	return !memchr(value, '\0', size) && !memchr(value, '\r', size) &&
	       !memchr(value, '\n', size);
}

/* The parameters are libmicrohttpd's. */
static enum MHD_Result mhd_look_at_header(void *data, enum MHD_ValueKind kind, const char *name,
					  size_t name_size, const char *value, size_t value_size)
{
	struct lengths *lengths = data;
	bool is_encoding = strcasecmp(name, "Transfer-Encoding") == 0;

	(void)kind;
	lengths->count += is_encoding || strcasecmp(name, "Content-Length") == 0;
	if (!is_token(name, name_size) || (value && !is_one_line(value, value_size)) ||
	    (is_encoding && (!value || strcasecmp(value, "chunked") != 0)))
		lengths->is_strange = true;
	return MHD_YES;
}

/* Two lengths of one body, or a NUL in what is text from here on: somebody else may read it in
 * another way. */
static bool is_ambiguous(struct MHD_Connection *link, const bool *has_nul)
{
	struct lengths lengths = {0};

	MHD_get_connection_values_n(link, MHD_HEADER_KIND, mhd_look_at_header, &lengths);
	return *has_nul || lengths.count > 1 || lengths.is_strange;
}

static enum MHD_Result refuse(struct MHD_Connection *link)
{
	static char text[] = "{\"message\":\"malformed request\"}\n";
	struct MHD_Response *response =
		MHD_create_response_from_buffer(strlen(text), text, MHD_RESPMEM_PERSISTENT);
	enum MHD_Result result;

	if (!response)
		return MHD_NO;
	MHD_add_response_header(response, "Content-Type", "application/json");
	MHD_add_response_header(response, "Connection", "close");
	result = MHD_queue_response(link, MHD_HTTP_BAD_REQUEST, response);
	MHD_destroy_response(response);
	return result;
}

/* Several chunks that came at once are given one after the other, also when the first one has
 * suspended the connection; done twice, its lists are not whole any more. */
static void hold(struct http *http)
{
	if (http->is_held)
		return;
	MHD_suspend_connection(http->link);
	http->is_held = true;
}

/* The context of a request is where its target was seen first. */
static void *see_target(void *data, const char *target, struct MHD_Connection *link)
{
	static bool has_nul[] = {false, true};

	(void)data;
	(void)link;
	return &has_nul[strstr(target, "%00") != NULL];
}

/* The parameters are libmicrohttpd's. */
static enum MHD_Result mhd_handle(void *data, struct MHD_Connection *link, const char *url,
				  const char *method, const char *version, const char *bytes,
				  size_t *size, void **context)
{
	struct http *http = data;
	size_t taken;

	(void)version;
	if (*context != http) {
		if (is_ambiguous(link, *context))
			return refuse(link);
		*context = http;
		http->link = link;
		fill_request(http, url, method);
		return MHD_YES;
	}
	if (*size == 0) {
		http->has_body_ended = true;
		hold(http);
		return MHD_YES;
	}
	taken = BODY_ROOM - http->body_length;
	if (taken > *size)
		taken = *size;
	memcpy(http->body + http->body_length, bytes, taken);
	http->body_length += taken;
	*size -= taken;
	hold(http);
	return MHD_YES;
}

static void complete(void *data, struct MHD_Connection *link, void **context,
		     enum MHD_RequestTerminationCode code)
{
	struct http *http = data;

	(void)link;
	if (*context != http)
		return;
	*context = NULL;
	http->is_done = true;
	http->is_answering = false;
	http->link = NULL;
	if (code != MHD_REQUEST_TERMINATED_COMPLETED_OK)
		http->is_closed = true;
}

static void notice(void *data, struct MHD_Connection *link, void **context,
		   enum MHD_ConnectionNotificationCode code)
{
	struct http *http = data;

	(void)link;
	(void)context;
	if (code == MHD_CONNECTION_NOTIFY_CLOSED)
		http->is_closed = true;
}

/* Asked with nothing left to give, all that was given before has been sent. */
static ssize_t give(void *data, uint64_t at, char *buffer, size_t room)
{
	struct http *http = data;
	size_t given = http->out_length < room ? http->out_length : room;

	(void)at;
	if (!given && http->has_out_ended)
		return MHD_CONTENT_READER_END_OF_STREAM;
	if (given) {
		memcpy(buffer, http->out, given);
		http->out += given;
		http->out_length -= given;
	}
	http->is_out_empty = !given;
	return (ssize_t)given;
}

static void mhd_upgrade(void *data, struct MHD_Connection *link, void *context, const char *early,
			size_t early_length, MHD_socket fd,
			struct MHD_UpgradeResponseHandle *handle_of_socket)
{
	struct http *http = data;

	(void)link;
	(void)context;
	(void)fd;
	(void)handle_of_socket;
	http->early = alloc_zeroed(early_length + 1, 1);
	memcpy(http->early, early, early_length);
	http->early_length = early_length;
	http->is_upgraded = true;
}

static void say_nothing(void *data, const char *format, va_list arguments)
{
	(void)data;
	(void)format;
	(void)arguments;
}

/* --- running it ------------------------------------------------------------------------------- */

/* @deadline_ns 0: there is none. */
static bool wait_for_news(const struct http *http, int64_t deadline_ns)
{
	struct pollfd item = {.fd = http->epoll_fd, .events = POLLIN};
	int64_t left = INT_MAX;
	MHD_UNSIGNED_LONG_LONG timeout;

	if (deadline_ns)
		left = units_milliseconds(deadline_ns - units_monotonic_ns());
	if (left <= 0)
		return false;
	if (MHD_get_timeout(http->daemon, &timeout) == MHD_YES && timeout < (uint64_t)left)
		left = (int64_t)timeout;
	return poll(&item, 1, (int)left) >= 0 || errno == EINTR;
}

/* Until @is_so, the client has gone, or @timeout_ms later. */
static void run(struct http *http, const bool *is_so, int64_t timeout_ms)
{
	int64_t deadline_ns =
		timeout_ms == HTTP_FOREVER ? 0 : units_monotonic_ns() + timeout_ms * MILLISECOND;

	for (;;) {
		MHD_run(http->daemon);
		if (*is_so || http->is_closed)
			return;
		if (!wait_for_news(http, deadline_ns)) {
			http->is_closed = true;
			return;
		}
	}
}

static void go_on(struct http *http)
{
	http->is_held = false;
	MHD_resume_connection(http->link);
}

/* MHD_start_daemon with what is the same for all. */
static struct MHD_Daemon *start_daemon(struct http *http)
{
	return MHD_start_daemon(MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_UPGRADE |
					MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG,
				0, NULL, NULL, mhd_handle, http, MHD_OPTION_EXTERNAL_LOGGER,
				say_nothing, NULL, MHD_OPTION_CONNECTION_MEMORY_LIMIT, POOL_SIZE,
				MHD_OPTION_CONNECTION_MEMORY_INCREMENT, (size_t)(64 << 10),
				MHD_OPTION_NOTIFY_COMPLETED, complete, http,
				MHD_OPTION_NOTIFY_CONNECTION, notice, http,
				MHD_OPTION_URI_LOG_CALLBACK, see_target, NULL,
				MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_END);
}

struct http *http_new(int fd, struct error *err)
{
	struct http *http = alloc_zeroed(1, sizeof(*http));
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	const union MHD_DaemonInfo *info;

	http->fd = fd;
	http->daemon = start_daemon(http);
	info = http->daemon ? MHD_get_daemon_info(http->daemon, MHD_DAEMON_INFO_EPOLL_FD) : NULL;
	if (!info || MHD_add_connection(http->daemon, fd, (struct sockaddr *)&address,
					sizeof(address.sun_family)) != MHD_YES) {
		error_set(err, ERROR_UNSUPPORTED,
			  "cannot serve a connection: libmicrohttpd %s "
			  "refuses it",
			  MHD_get_version());
		http_free(http);
		return NULL;
	}
	http->epoll_fd = info->epoll_fd;
	return http;
}

void http_free_request(struct request *request)
{
	if (!request)
		return;
	arena_release(&request->arena);
	free(request);
}

void http_free(struct http *http)
{
	http_free_request(http->request);
	if (http->link && http->is_held)
		go_on(http);
	if (http->daemon && !http->is_upgraded)
		MHD_stop_daemon(http->daemon);
	free(http->early);
	free(http);
}

/* A connection without a request may go at any time, one with half of it gets more. */
static bool wait_for_first_byte(struct http *http)
{
	struct pollfd item = {.fd = http->epoll_fd, .events = POLLIN};

	MHD_run(http->daemon);
	return http->is_held || http->is_closed || poll(&item, 1, HTTP_IDLE_MS) > 0;
}

struct request *http_next(struct http *http)
{
	/* A stream that nobody ended: its reader has gone. */
	if (http->is_closed || http->is_upgraded || http->is_answering ||
	    !wait_for_first_byte(http))
		return NULL;
	run(http, &http->is_held, HTTP_HEADER_MS);
	return http->is_closed ? NULL : take_ptr(http->request);
}

int http_fd(const struct http *http)
{
	return http->fd;
}

ssize_t http_read(struct http *http, void *bytes, size_t size, struct error *err)
{
	size_t left;

	/* Once it has gone there is no connection to go on with: a failed read is followed by an
	 * answer. */
	if (!http->is_closed && http->body_at == http->body_length && !http->has_body_ended) {
		http->body_at = http->body_length = 0;
		go_on(http);
		run(http, &http->is_held, HTTP_STALL_MS);
	}
	if (http->is_closed)
		return error_set(err, ECONNRESET,
				 "the client has gone before its request was whole");
	left = http->body_length - http->body_at;
	if (left > size)
		left = size;
	memcpy(bytes, http->body + http->body_at, left);
	http->body_at += left;
	return (ssize_t)left;
}

/* What nobody wants to read; only then libmicrohttpd takes an answer and keeps the connection. */
static int drain(struct http *http)
{
	char chunk[4096];
	ssize_t n;

	while ((n = http_read(http, chunk, sizeof(chunk), NULL)) > 0)
		;
	return (int)n;
}

/* Takes the response. */
static int queue(struct http *http, struct MHD_Response *response, const struct http_head *head)
{
	enum MHD_Result result = response ? MHD_YES : MHD_NO;

	for (size_t i = 0; result == MHD_YES && i < head->header_count; i++)
		result = MHD_add_response_header(response, head->headers[i].name,
						 head->headers[i].value);
	http->is_done = false;
	if (result == MHD_YES)
		result = MHD_queue_response(http->link, head->status, response);
	if (response)
		MHD_destroy_response(response);
	if (result != MHD_YES) {
		http->is_closed = true;
		return -1;
	}
	http->is_answering = true;
	go_on(http);
	return 0;
}

int http_answer(struct http *http, const struct http_head *head, const void *bytes, size_t length)
{
	if (drain(http) < 0 ||
	    queue(http,
		  MHD_create_response_from_buffer(length, (void *)bytes, MHD_RESPMEM_MUST_COPY),
		  head) < 0)
		return -1;
	run(http, &http->is_done, HTTP_STALL_MS);
	return http->is_done ? 0 : -1;
}

int http_begin(struct http *http, const struct http_head *head, bool is_raw)
{
	struct MHD_Response *response;

	if (drain(http) < 0)
		return -1;
	response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BODY_ROOM, give, http, NULL);
	if (response && is_raw)
		MHD_set_response_options(response, MHD_RF_HTTP_1_0_COMPATIBLE_STRICT, MHD_RO_END);
	http->out_length = 0;
	http->is_out_empty = http->has_out_ended = false;
	if (queue(http, response, head) < 0)
		return -1;
	/* A HEAD has nothing behind its header. */
	while (!http->is_out_empty && !http->is_done && !http->is_closed)
		run(http, &http->is_out_empty, HTTP_STALL_MS);
	return http->is_closed ? -1 : 0;
}

int http_write(struct http *http, const void *bytes, size_t length)
{
	http->out = bytes;
	http->out_length = length;
	http->is_out_empty = false;
	run(http, &http->is_out_empty, HTTP_FOREVER);
	return http->is_closed ? -1 : 0;
}

int http_end(struct http *http)
{
	http->has_out_ended = true;
	run(http, &http->is_done, HTTP_FOREVER);
	return http->is_done ? 0 : -1;
}

void http_break(struct http *http)
{
	http->is_closed = true;
}

/* Until the client has read the answer's header: docker-py, and with it docker-compose 1.29, reads
 * that through a buffer of its own and loses what comes into it besides. Of what is on its way to a
 * reader nobody is told, so it is asked for, at ever longer intervals. */
static void wait_for_reader(int fd)
{
	struct timespec pause = {.tv_nsec = 50 * MICROSECOND};
	int unread;

	for (long waited = 0; waited < HTTP_READER_MS * MILLISECOND; waited += pause.tv_nsec) {
		if (ioctl(fd, SIOCOUTQ, &unread) < 0 || unread == 0)
			return;
		nanosleep(&pause, NULL);
		if (pause.tv_nsec < 10 * MILLISECOND)
			pause.tv_nsec *= 2;
	}
}

int http_hijack(struct http *http, const struct http_head *head, struct http_early *early)
{
	int flags;

	if (drain(http) < 0 ||
	    queue(http, MHD_create_response_for_upgrade(mhd_upgrade, http), head) < 0)
		return -1;
	run(http, &http->is_upgraded, HTTP_STALL_MS);
	if (!http->is_upgraded)
		return -1;
	wait_for_reader(http->fd);
	*early = (struct http_early){http->early, http->early_length};
	flags = fcntl(http->fd, F_GETFL);
	fcntl(http->fd, F_SETFL, flags & ~O_NONBLOCK);
	return http->fd;
}
