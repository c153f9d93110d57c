/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/words.h"

#include "base/error.h"
#include "base/strbuf.h"
#include "base/strvec.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

/* Takes one word from *@at; false when there is none left. */
static int take_word(struct strbuf *word, const char **at, struct error *err)
{
	const char *p = *at + strspn(*at, " \t\r\n");
	bool is_word = *p != '\0';
	char quote = '\0';

	for (; *p && (quote || !isspace((unsigned char)*p)); p++) {
		if (quote && *p == quote) {
			quote = '\0';
		} else if (!quote && (*p == '\'' || *p == '"')) {
			quote = *p;
		} else if (*p == '\\' && p[1] &&
			   (!quote || (quote == '"' && strchr("\"\\$`", p[1])))) {
			strbuf_add_char(word, *++p);
		} else {
			strbuf_add_char(word, *p);
		}
	}
	*at = p;
	if (quote)
		return error_set(err, ERROR_INVALID, "the quote %c does not end", quote);
	return is_word;
}

int words_split(struct strvec *words, const char *text, struct error *err)
{
	for (;;) {
		auto_strbuf struct strbuf word = {0};
		int found = take_word(&word, &text, err);

		if (found <= 0)
			return found;
		strvec_add(words, strbuf_text(&word));
	}
}
