/* SPDX-License-Identifier: Apache-2.0 */
#include "base/error.h"

#include "base/cleanup.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

__attribute__((format(printf, 3, 0))) static void fill(struct error *err, int code,
						       const char *format, va_list args)
{
	if (!err)
		return;
	err->code = code;
	err->fact = FACT_NONE;
	vsnprintf(err->text, sizeof(err->text), format, args);
}

int error_set(struct error *err, int code, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fill(err, code, format, args);
	va_end(args);
	return -1;
}

const char *error_strerror(int number)
{
	static char text[128];
	const char *name = strerrordesc_np(number);

	if (!name) {
		snprintf(text, sizeof(text), "error %d", number);
		return text;
	}
	snprintf(text, sizeof(text), "%s", name);
	/* "RPC version wrong" keeps its capitals, "No such file" does not. */
	if (text[0] && !isupper((unsigned char)text[1]))
		text[0] = (char)tolower((unsigned char)text[0]);
	return text;
}

__attribute__((format(printf, 3, 0))) static void fill_number(struct error *err, int number,
							      const char *format, va_list args)
{
	size_t length;

	fill(err, number, format, args);
	if (!err)
		return;
	length = strlen(err->text);
	snprintf(err->text + length, sizeof(err->text) - length, ": %s", error_strerror(number));
}

bool error_is_shortage(int number)
{
	return number == EMFILE || number == ENFILE || number == ENOMEM || number == ENOBUFS;
}

int error_errno(struct error *err, const char *format, ...)
{
	int number = errno;
	va_list args;

	va_start(args, format);
	fill_number(err, number, format, args);
	va_end(args);
	return -1;
}

int error_number(struct error *err, int number, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fill_number(err, number, format, args);
	va_end(args);
	return -1;
}

int error_state(struct error *err, enum fact fact, const char *first, const char *second)
{
	if (!err)
		return -1;
	err->fact = fact;
	snprintf(err->about[0], sizeof(err->about[0]), "%s", first ? first : "");
	snprintf(err->about[1], sizeof(err->about[1]), "%s", second ? second : "");
	return -1;
}

int error_pass(struct error *err, const struct error *reason)
{
	if (err)
		*err = *reason;
	return -1;
}

int error_wrap(struct error *err, const char *format, ...)
{
	struct error inner;
	va_list args;
	size_t length;

	if (!err)
		return -1;
	inner = *err;
	va_start(args, format);
	fill(err, inner.code, format, args);
	va_end(args);
	err->fact = inner.fact;
	length = strlen(err->text);
	snprintf(err->text + length, sizeof(err->text) - length, ": %s", inner.text);
	return -1;
}

int error_append(struct error *err, const char *format, ...)
{
	va_list args;
	size_t length = err ? strlen(err->text) : 0;

	va_start(args, format);
	if (err)
		vsnprintf(err->text + length, sizeof(err->text) - length, format, args);
	va_end(args);
	return -1;
}

void error_send(int fd, const struct error *err)
{
	while (write(fd, err, sizeof(*err)) < 0 && errno == EINTR)
		;
}

int error_receive(int fd, struct error *err)
{
	struct error received;
	ssize_t n;

	do
		n = read(fd, &received, sizeof(received));
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return error_errno(err, "cannot read from the child process");
	if (n != sizeof(received))
		return 0;
	received.text[sizeof(received.text) - 1] = '\0';
	for (size_t i = 0; i < array_length(received.about); i++)
		received.about[i][sizeof(received.about[i]) - 1] = '\0';
	if (err)
		*err = received;
	return 1;
}
