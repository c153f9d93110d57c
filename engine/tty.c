/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/tty.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strbuf.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

void tty_make_raw(struct tty_mode *mode, int fd)
{
	struct termios raw;

	mode->fd = -1;
	if (tcgetattr(fd, &mode->saved) < 0)
		return;
	raw = mode->saved;
	cfmakeraw(&raw);
	if (tcsetattr(fd, TCSANOW, &raw) == 0)
		mode->fd = fd;
}

void tty_restore(struct tty_mode *mode)
{
	if (mode->fd >= 0)
		tcsetattr(mode->fd, TCSADRAIN, &mode->saved);
	mode->fd = -1;
}

static int parse_key(unsigned char *key, const char *text)
{
	if (strncasecmp(text, "ctrl-", 5) == 0 && text[5] && !text[6] &&
	    (isalpha((unsigned char)text[5]) || strchr("@[\\]^_", text[5]))) {
		*key = (unsigned char)toupper((unsigned char)text[5]) & 0x1f;
		return 0;
	}
	if (!text[0] || text[1])
		return -1;
	*key = (unsigned char)text[0];
	return 0;
}

int tty_detach_parse(struct tty_detach *detach, const char *text, struct error *err)
{
	auto_free char *copy = alloc_string(text ? text : "ctrl-p,ctrl-q");
	char *save = NULL;

	*detach = (struct tty_detach){0};
	for (char *key = strtok_r(copy, ",", &save); key; key = strtok_r(NULL, ",", &save))
		if (detach->count == sizeof(detach->keys) ||
		    parse_key(&detach->keys[detach->count++], key) < 0)
			return error_set(
				err, ERROR_INVALID,
				"invalid detach keys (%s): they must be like 'ctrl-p,ctrl-q'",
				text);
	return 0;
}

/* True when @byte is the next key of the sequence. */
static bool continues(struct tty_detach *detach, char byte)
{
	if (detach->matched == detach->count ||
	    (unsigned char)byte != detach->keys[detach->matched])
		return false;
	detach->matched++;
	return true;
}

bool tty_detach_filter(struct tty_detach *detach, const char *bytes, size_t length,
		       struct strbuf *out)
{
	for (size_t i = 0; i < length; i++) {
		if (!continues(detach, bytes[i])) {
			strbuf_add_n(out, detach->keys, detach->matched);
			detach->matched = 0;
			if (!continues(detach, bytes[i]))
				strbuf_add_n(out, &bytes[i], 1);
		}
		if (detach->count && detach->matched == detach->count)
			return true;
	}
	return false;
}
