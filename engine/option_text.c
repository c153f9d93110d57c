/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/option_text.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

bool option_text_is_address(const char *text)
{
	unsigned char buffer[sizeof(struct in6_addr)];

	return inet_pton(AF_INET, text, buffer) == 1 || inet_pton(AF_INET6, text, buffer) == 1;
}

bool option_text_is_mac_address(const char *text)
{
	static const char hexadecimal[] = "0123456789abcdefABCDEF";
	unsigned step = strchr(text, '.') ? 4 : 2, digits = 12;
	char separator = step == 4 ? '.' : strchr(text, '-') ? '-' : ':';

	for (; digits; digits -= step) {
		for (unsigned i = 0; i < step; i++)
			if (!*text || !strchr(hexadecimal, *text++))
				return false;
		if (digits > step && *text++ != separator)
			return false;
	}
	return !*text;
}

bool option_text_is_cpu_set(const char *text)
{
	do {
		char *end;
		unsigned long first, last;

		if (!isdigit((unsigned char)*text))
			return false;
		first = last = strtoul(text, &end, 10);
		if (*end == '-') {
			text = end + 1;
			if (!isdigit((unsigned char)*text))
				return false;
			last = strtoul(text, &end, 10);
		}
		if (last < first || (*end && *end != ','))
			return false;
		text = end + (*end == ',');
		if (!*end)
			return true;
	} while (true);
}

static const char *skip_number(const char *text)
{
	return *text == '*' ? text + 1 : text + strspn(text, "0123456789");
}

bool option_text_is_device_rule(const char *text)
{
	const char *end;

	if (!*text || !strchr("abc", *text) || text[1] != ' ')
		return false;
	end = skip_number(text + 2);
	if (end == text + 2 || *end != ':')
		return false;
	text = skip_number(end + 1);
	if (text == end + 1 || *text != ' ')
		return false;
	text++;
	return *text && strlen(text) <= 3 && text[strspn(text, "rwm")] == '\0';
}
