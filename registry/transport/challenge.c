/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/transport/challenge.h"

#include "base/cleanup.h"

#include <ctype.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

struct parameter {
	const char *name;
	size_t offset, size;
};

#define PARAMETER(member)                                                                          \
	{                                                                                          \
#member, offsetof(struct challenge, member),                                       \
			sizeof(((struct challenge *)0)->member)                                    \
	}
static const struct parameter parameters[] = {
	PARAMETER(realm), PARAMETER(service), PARAMETER(scope), PARAMETER(error), {0},
};

static bool is_token(char c)
{
	return isalnum((unsigned char)c) || (c && strchr("!#$%&'*+-.^_`|~/", c));
}

static const char *skip(const char *at, const char *what)
{
	return at + strspn(at, what);
}

/* A token or a quoted string; too much of it gives an empty one. Returns what is behind it. */
static const char *read_value(const char *at, char *out, size_t size)
{
	bool is_quoted = *at == '"';
	size_t length = 0;

	out[0] = '\0';
	if (is_quoted)
		at++;
	while (*at && (is_quoted ? *at != '"' : is_token(*at) || strchr(":=", *at))) {
		if (is_quoted && at[0] == '\\' && at[1])
			at++;
		if (length < size)
			out[length] = *at;
		length++;
		at++;
	}
	if (length < size)
		out[length] = '\0';
	else
		out[0] = '\0';
	return is_quoted && *at == '"' ? at + 1 : at;
}

static void set_parameter(struct challenge *challenge, const char *name, const char *value)
{
	for (const struct parameter *p = parameters; p->name; p++) {
		char *member = (char *)challenge + p->offset;

		if (strcasecmp(p->name, name) == 0 && member[0] == '\0' && strlen(value) < p->size)
			memcpy(member, value, strlen(value) + 1);
	}
}

/* What comes next: "name=" is a parameter of the scheme before it, any other word a new scheme. */
void challenge_add(struct challenge *challenge, const char *value)
{
	bool is_ours = false, is_first = !challenge->has_bearer;
	char word[32], text[2048];
	const char *at = skip(value, " \t,");

	while (*at) {
		const char *start = at;

		while (is_token(*at))
			at++;
		if (at == start) {
			at++;
			continue;
		}
		snprintf(word, sizeof(word), "%.*s", (int)(at - start < 31 ? at - start : 31),
			 start);
		start = skip(at, " \t");
		if (*start == '=') {
			at = read_value(skip(start + 1, " \t"), text, sizeof(text));
			if (is_ours)
				set_parameter(challenge, word, text);
		} else {
			is_ours = is_first && strcasecmp(word, "Bearer") == 0;
			challenge->has_bearer |= strcasecmp(word, "Bearer") == 0;
			challenge->has_basic |= strcasecmp(word, "Basic") == 0;
			is_first &= !is_ours;
		}
		at = skip(at, " \t,");
	}
}
