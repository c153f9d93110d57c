/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/fuzz/fuzz_api_request.c - what a client of the API sends on its connection: requests, whose
 * parts are read as endpoints read them and which are answered without being carried out.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "api/answer.h"
#include "api/http.h"
#include "api/request.h"
#include "api/routes.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strvec.h"
#include "describe/filters.h"
#include "engine/container.h"

#define MOST_BYTES 8192 /* with their answers, less than what a socket holds */

static void look(struct request *request)
{
	auto_strvec struct strvec filters = {0};
	auto_json json *body = NULL;
	struct error err = {0};
	unsigned short rows, columns;
	const struct route *route = routes_find(request, &request->name);
	int64_t number = 0;

	assert(!route || strlen(route->pattern) <= strlen(request->path) + 2);
	assert(!route || !request->name || strstr(request->path, request->name));
	if (request_filters(request, container_filters, &filters, &err) < 0)
		assert(err.text[0]);
	if (request_number(request, "t", &number, &err) < 0)
		assert(strstr(err.text, "'t'"));
	if (request_size(request, &rows, &columns, &err) == 0)
		assert(rows && columns);
	request_flag(request, "all");
	if (request_json(request, &body, &err) == 0)
		assert(!body || json_is_object(body));
	answer_message(request, 200, request->path);
}

/* More requests than that are not in it: the next one would be waited for. */
static size_t count_versions(const uint8_t *bytes, size_t length)
{
	const uint8_t *end = bytes + length;
	size_t count = 0;

	while ((bytes = memmem(bytes, (size_t)(end - bytes), "HTTP/", 5))) {
		bytes += 5;
		count++;
	}
	return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct request *request;
	struct http *http;
	size_t left = count_versions(bytes, length);
	int pair[2];

	if (length > MOST_BYTES || socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair) < 0)
		return 0;
	assert(write(pair[0], bytes, length) == (ssize_t)length);
	shutdown(pair[0], SHUT_WR);
	http = http_new(pair[1], NULL);
	assert(http);
	while (left-- > 0 && (request = http_next(http))) {
		look(request);
		http_free_request(request);
	}
	http_free(http);
	close(pair[0]);
	return 0;
}
