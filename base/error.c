/* SPDX-License-Identifier: Apache-2.0 */
#include "base/error.h"

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
	length = strlen(err->text);
	snprintf(err->text + length, sizeof(err->text) - length, ": %s", inner.text);
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
	if (err)
		*err = received;
	return 1;
}
