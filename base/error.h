/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/error.h - the error value.
 *
 * A plain value owned by the caller: it never leaks, and since it is smaller than PIPE_BUF one
 * write carries it from a child to its parent whole. Functions return 0 (or a useful value >= 0)
 * for success and -1 with the error filled; callers may branch only on codes that the function's
 * header names and forward all others untouched.
 */
#pragma once

#include "base/fact.h"

#include <stdarg.h>
#include <stdbool.h>

/* Codes beside errno values. cli/ maps them to exit codes. */
enum error_code {
	ERROR_NOT_FOUND = 2000, /* the named object does not exist */
	ERROR_CONFLICT,		/* it exists already, or is in use */
	ERROR_INVALID,		/* the input is wrong: say where and what is allowed */
	ERROR_UNSUPPORTED,	/* understood, but cannot be done here */
	ERROR_BUSY,		/* somebody else holds it */
	ERROR_TIMEOUT,
	ERROR_DENIED, /* who asks may not: log in */
};

struct error {
	int code;
	enum fact fact;
	char about[2][250]; /* the strings that belong to the fact */
	char text[1020];
};

/* All of them return -1, so that a caller can write `return error_set(...)`. @err may be NULL. */
int error_set(struct error *err, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Uses errno as the code and appends its text: "cannot open 'x': no such file or directory". */
int error_errno(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The same for a given errno value (a kernel reply, a negative return). */
int error_number(struct error *err, int number, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Adds to the error what it states (base/fact.h) and about what; "" and NULL are nothing. */
int error_state(struct error *err, enum fact fact, const char *first, const char *second);
/* What another error says, for a caller who wanted to see its code first. */
int error_pass(struct error *err, const struct error *reason);
/* Puts "context: " before the text that is there; keeps the code and what it states. */
int error_wrap(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Puts more behind the text; keeps the code and what it states. */
int error_append(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The text of an errno value with a lower-case first letter, as it stands inside a sentence. */
const char *error_strerror(int number);

/* No descriptors or no memory just now: says nothing of the object that could not be had. */
bool error_is_shortage(int number);

/* Sends or receives an error over a descriptor as one record. error_receive returns 1 when an
 * error came, 0 at end of file (the peer closed without one), -1 when reading failed. */
void error_send(int fd, const struct error *err);
int error_receive(int fd, struct error *err);
