/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/export/unit_text.h - lines of systemd's units: systemd.syntax(7), systemd.service(5).
 *
 * What stands in a unit of Quadlet's ends in ExecStart=, so everywhere a percent sign is a
 * specifier and a dollar a variable: both are written twice.
 */
#pragma once

#include <stdint.h>

struct strbuf;

/* One word, quoted where it has to be. */
void unit_text_word(struct strbuf *out, const char *word);
/* "KEY=value" that the generator takes as it stands; line ends become blanks. */
void unit_text_line(struct strbuf *out, const char *key, const char *value);
void unit_text_linef(struct strbuf *out, const char *key, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* "KEY=word word". */
void unit_text_words(struct strbuf *out, const char *key, char *const *words);
/* For each "KEY=word". */
void unit_text_each(struct strbuf *out, const char *key, char *const *words);
/* Nanoseconds as systemd and Podman both read them: "1500ms", "30s". */
void unit_text_duration(struct strbuf *out, const char *key, int64_t nanoseconds);
