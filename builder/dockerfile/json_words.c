/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/dockerfile/json_words.h"

#include "base/error.h"
#include "base/json.h"
#include "base/strvec.h"
#include "builder/dockerfile/words.h"

#include <string.h>

/* JSON has no control characters in its texts, whatever its reader makes of them. */
static bool has_control(const char *text)
{
	bool is_text = false;

	for (; *text; text++) {
		if (is_text && (unsigned char)*text < 0x20)
			return true;
		if (is_text && *text == '\\' && text[1])
			text++;
		else if (*text == '"')
			is_text = !is_text;
	}
	return false;
}

static int add_words(struct strvec *words, const json *array, struct error *err)
{
	for (size_t i = 0; i < json_length(array); i++) {
		json *item = json_at(array, i);
		const char *word = json_is_string(item) ? json_string_at(array, i) : NULL;

		if (!word)
			return error_set(err, ERROR_INVALID,
					 "an array in JSON form consists of strings only; element "
					 "%zu is none",
					 i + 1);
		if (strlen(word) != (size_t)json_object_get_string_len(item))
			return error_set(err, ERROR_INVALID, "there is a NUL in element %zu",
					 i + 1);
		strvec_add(words, word);
	}
	return 1;
}

int json_words_parse(struct strvec *words, const char *text, struct error *err)
{
	auto_json json *array = NULL;

	text = words_skip(text);
	if (*text != '[' || has_control(text))
		return 0;
	array = json_parse(text, strlen(text), "JSON form", NULL);
	if (!array)
		return 0;
	return add_words(words, array, err);
}
