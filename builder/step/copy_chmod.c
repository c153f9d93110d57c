/* SPDX-License-Identifier: Apache-2.0 */
/* --chmod: octal, or symbolic as BSD's chmod(1) reads it with an umask of 0. */
#include "builder/step/copy_private.h"

#include "base/error.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define SET_IDS	 (S_ISUID | S_ISGID)
#define ALL_BITS 07777

struct change {
	mode_t before; /* with the type */
	mode_t now;    /* without */
};

static mode_t who_bits(char letter)
{
	switch (letter) {
	case 'u':
		return S_ISUID | S_IRWXU;
	case 'g':
		return S_ISGID | S_IRWXG;
	case 'o':
		return S_IRWXO;
	case 'a':
		return SET_IDS | S_IRWXU | S_IRWXG | S_IRWXO;
	default:
		return 0;
	}
}

static mode_t spread(mode_t bits)
{
	return (bits & 7) * 0111;
}

/* What a letter behind the operator stands for; false when it stands for nothing. */
static bool letter_bits(const struct change *change, char op, char letter, mode_t *bits)
{
	bool is_executable = S_ISDIR(change->before) || change->before & 0111;
	const struct {
		char letter;
		mode_t bits;
	} rows[] = {
		{'r', 0444},
		{'w', 0222},
		{'x', 0111},
		{'s', SET_IDS},
		{'t', S_ISVTX},
		{'X', op == '-' || is_executable ? 0111 : 0},
		{'u', spread(change->now >> 6)},
		{'g', spread(change->now >> 3)},
		{'o', spread(change->now)},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (rows[i].letter == letter) {
			*bits = rows[i].bits;
			return true;
		}
	return false;
}

/* One operator and its letters; returns what comes behind them, NULL when it is none. */
static const char *apply_operator(struct change *change, mode_t who, const char *at)
{
	mode_t mask = who ? who | (who == S_IRWXO ? 0 : S_ISVTX) : ALL_BITS;
	mode_t cleared = who ? who : SET_IDS | 0777, bits = 0, some;
	char op = *at;

	if (!op || !strchr("+-=", op))
		return NULL;
	/* Copied from another class, set-id bits stay. */
	if (at[1] && strchr("ugo", at[1]))
		cleared &= 0777;
	for (at++; letter_bits(change, op, *at, &some); at++)
		bits |= some & mask;
	if (op == '-')
		change->now &= ~bits;
	else
		change->now = (op == '=' ? change->now & ~cleared : change->now) | bits;
	return at;
}

static const char *apply_clause(struct change *change, const char *at)
{
	mode_t who = 0;

	for (; who_bits(*at); at++)
		who |= who_bits(*at);
	do
		at = apply_operator(change, who, at);
	while (at && *at && *at != ',');
	return at;
}

static int apply_symbolic(struct change *change, const char *text)
{
	const char *at = apply_clause(change, text);

	while (at && *at)
		at = apply_clause(change, at + 1);
	return at ? 0 : -1;
}

static bool is_octal(const char *text)
{
	return *text && text[strspn(text, "01234567")] == '\0';
}

int copy_check_chmod(const char *text, struct error *err)
{
	struct change change = {0};

	if (!*text || (is_octal(text) && strtoul(text, NULL, 8) <= ALL_BITS))
		return 0;
	if (*text < '0' || *text > '9')
		if (apply_symbolic(&change, text) == 0)
			return 0;
	return error_set(err, ERROR_INVALID,
			 "invalid chmod parameter: '%s': it should be octal, between 0 and 07777, "
			 "or symbolic, like u=rwX,go=rX",
			 text);
}

mode_t copy_chmod_apply(const char *text, mode_t mode)
{
	struct change change = {mode, mode & ALL_BITS};

	if (!text || !*text)
		return change.now;
	if (is_octal(text))
		return (mode_t)strtoul(text, NULL, 8) & ALL_BITS;
	apply_symbolic(&change, text);
	return change.now;
}

mode_t copy_chmod_parent(const char *text)
{
	return text && is_octal(text) ? copy_chmod_apply(text, 0) & 0777 : 0755;
}
