/* SPDX-License-Identifier: Apache-2.0 */
#include "api/request.h"

#include "api/http.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "base/units.h"
#include "describe/filters.h"
#include "engine/container.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

const char *request_header(const struct request *request, const char *name)
{
	for (size_t i = 0; i < request->header_count; i++)
		if (strcasecmp(request->headers[i].name, name) == 0)
			return request->headers[i].value;
	return NULL;
}

const char *request_query(const struct request *request, const char *name, const char *fallback)
{
	for (size_t i = 0; i < request->query_count; i++)
		if (strcmp(request->query[i].name, name) == 0 && request->query[i].value &&
		    *request->query[i].value)
			return request->query[i].value;
	return fallback;
}

void request_query_all(const struct request *request, const char *name, struct strvec *values)
{
	for (size_t i = 0; i < request->query_count; i++)
		if (strcmp(request->query[i].name, name) == 0 && request->query[i].value &&
		    *request->query[i].value)
			strvec_add(values, request->query[i].value);
}

bool request_flag(const struct request *request, const char *name)
{
	static const char *const no[] = {"", "0", "no", "false", "none"};
	const char *value = request_query(request, name, "");

	for (size_t i = 0; i < array_length(no); i++)
		if (strcasecmp(value, no[i]) == 0)
			return false;
	return true;
}

int request_number(const struct request *request, const char *name, int64_t *value,
		   struct error *err)
{
	const char *text = request_query(request, name, NULL);

	if (!text)
		return 0;
	if (units_parse_int(value, text, INT64_MIN, INT64_MAX, err) < 0)
		return error_wrap(err, "bad parameter '%s'", name);
	return 0;
}

static int add_filter(struct strvec *texts, const char *name, json *values, struct error *err)
{
	if (json_is_array(values)) {
		for (size_t i = 0; i < json_length(values); i++) {
			const char *value = json_string_at(values, i);

			if (!value)
				return error_set(err, ERROR_INVALID, "invalid filter");
			strvec_addf(texts, "%s=%s", name, value);
		}
		return 0;
	}
	if (!json_is_object(values))
		return error_set(err, ERROR_INVALID, "invalid filter");
	json_each (value, ignored, values) {
		(void)ignored;
		strvec_addf(texts, "%s=%s", name, value);
	}
	return 0;
}

static bool has_filter(const struct filter *table, const char *name)
{
	for (; table->name; table++)
		if (strcmp(table->name, name) == 0)
			return true;
	return false;
}

/* NUL in a text: all behind it would be lost, and somebody before us may have read it. */
static bool has_nul(const char *text, size_t length)
{
	const char *end = text + length;

	for (const char *at = text; (at = memchr(at, '\\', (size_t)(end - at))) && end - at >= 2;
	     at += 2)
		if (end - at >= 6 && memcmp(at, "\\u0000", 6) == 0)
			return true;
	return memchr(text, '\0', length) != NULL;
}

int request_filters(const struct request *request, const struct filter *table, struct strvec *texts,
		    struct error *err)
{
	const char *text = request_query(request, "filters", NULL);
	auto_json json *filters = NULL;

	if (!text)
		return 0;
	filters = has_nul(text, strlen(text)) ? NULL
					      : json_parse(text, strlen(text), "filters", NULL);
	if (!json_is_object(filters))
		return error_set(err, ERROR_INVALID, "invalid filter");
	json_each (name, values, filters) {
		if (!has_filter(table, name))
			return error_set(err, ERROR_INVALID, "invalid filter '%s'", name);
		if (add_filter(texts, name, values, err) < 0)
			return -1;
	}
	return filters_check(table, texts, err);
}

ssize_t request_read(struct request *request, void *bytes, size_t size, struct error *err)
{
	return http_read(request->http, bytes, size, err);
}

static int check_type(const struct request *request, struct error *err)
{
	static const char wanted[] = "application/json";
	const char *type = request_header(request, "Content-Type");
	size_t length = type ? strcspn(type, "; \t") : 0;

	if (length == strlen(wanted) && strncasecmp(type, wanted, length) == 0)
		return 0;
	return error_set(err, ERROR_INVALID,
			 "unsupported Content-Type header (%s): must be 'application/json'",
			 type ? type : "");
}

int request_json(struct request *request, json **value, struct error *err)
{
	auto_strbuf struct strbuf text = {0};
	char chunk[16384];
	ssize_t n;

	*value = NULL;
	while ((n = request_read(request, chunk, sizeof(chunk), err)) > 0) {
		if (text.length + (size_t)n > REQUEST_JSON_LIMIT)
			return error_set(err, ERROR_INVALID, "the body is larger than 4 MiB");
		strbuf_add_n(&text, chunk, (size_t)n);
	}
	if (n < 0)
		return -1;
	if (!text.length)
		return 0;
	if (check_type(request, err) < 0)
		return -1;
	/* What Go sends for a body that there is not. */
	if (text.length <= 5 && strncmp(strbuf_text(&text), "null", 4) == 0)
		return 0;
	if (has_nul(text.text, text.length))
		return error_set(err, ERROR_INVALID, "invalid JSON: a text in it has a NUL");
	*value = json_parse(text.text, text.length, "body", err);
	if (!*value)
		return error_wrap(err, "invalid JSON");
	if (json_is_object(*value))
		return 0;
	json_object_put(*value);
	*value = NULL;
	return error_set(err, ERROR_INVALID, "invalid JSON: the body is no object");
}

int request_container(struct request *request, struct container *container, struct error *err)
{
	const char *name = request->name;

	return container_find_healed(request->engine, name + (*name == '/'), container,
				     &request->arena, err);
}

int request_size(const struct request *request, unsigned short *rows, unsigned short *columns,
		 struct error *err)
{
	int64_t height = 0, width = 0;

	if (request_number(request, "h", &height, err) < 0 ||
	    request_number(request, "w", &width, err) < 0)
		return -1;
	if (height < 1 || height > UINT16_MAX || width < 1 || width > UINT16_MAX)
		return error_set(err, ERROR_INVALID,
				 "invalid size of a terminal: h and w must be "
				 "1 to 65535");
	*rows = (unsigned short)height;
	*columns = (unsigned short)width;
	return 0;
}
