/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/alloc.h - allocate or leave.
 *
 * Out of memory prints one line and exits with 1: state on disk is safe at any line, so there is
 * nothing to unwind.
 */
#pragma once

#include <stdarg.h>
#include <stddef.h>

/* What a library could not allocate. */
void alloc_fail(void) __attribute__((noreturn));
void *alloc_bytes(size_t size) __attribute__((malloc, returns_nonnull));
void *alloc_zeroed(size_t count, size_t size) __attribute__((malloc, returns_nonnull));
void *alloc_resize(void *p, size_t count, size_t size) __attribute__((returns_nonnull));
char *alloc_string(const char *text) __attribute__((malloc, returns_nonnull, nonnull));
char *alloc_string_n(const char *text, size_t length) __attribute__((malloc, returns_nonnull));
char *alloc_format(const char *format, ...)
	__attribute__((format(printf, 1, 2), malloc, returns_nonnull));
char *alloc_vformat(const char *format, va_list args)
	__attribute__((format(printf, 1, 0), malloc, returns_nonnull));
