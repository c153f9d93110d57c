/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine/tty.h - the user's terminal while it belongs to a container: raw mode and detach keys.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <termios.h>

struct error;
struct strbuf;

struct tty_mode {
	int fd; /* -1: nothing to restore */
	struct termios saved;
};

/* No terminal at @fd: nothing happens. */
void tty_make_raw(struct tty_mode *mode, int fd);
void tty_restore(struct tty_mode *mode);

struct tty_detach {
	unsigned char keys[16];
	size_t count, matched;
};

/* "ctrl-p,ctrl-q" (the default, for NULL), "a,ctrl-\\"; "" disables. ERROR_INVALID. */
int tty_detach_parse(struct tty_detach *detach, const char *text, struct error *err);
/* Appends to @out what of these bytes is for the container: a sequence that has begun is held back
 * until it breaks off. True when it is complete. */
bool tty_detach_filter(struct tty_detach *detach, const char *bytes, size_t length,
		       struct strbuf *out);
