/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/log.h - warnings and debug lines of the lower layers.
 *
 * Only cli/ and the main of a role print. Everyone else says what the user should know through
 * here; the role decides where it goes (the CLI: stderr; a monitor: its container's monitor.log).
 */
#pragma once

#include <stdbool.h>

enum log_level { LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARNING };

typedef void log_sink(enum log_level level, const char *text, void *data);

/* NULL restores the default: warnings to stderr as "warning: …". */
void log_set_sink(log_sink *sink, void *data);
void log_set_debug(bool enabled);
void log_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The same text is passed on only once in this process. */
void log_warning_once(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Between these two, what is to be said once waits, with the subjects that were set when it was
 * said, and the end says it with their names: "… (services db, web)" where @what is "service". */
void log_gather(void);
void log_gather_end(const char *what);
/* Whom the following is about; NULL: nobody. */
void log_set_subject(const char *name);
/* From now on everything is said once again: for who loads many projects in one process. */
void log_forget(void);
void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *format, ...) __attribute__((format(printf, 1, 2)));
