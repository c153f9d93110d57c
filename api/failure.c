/* SPDX-License-Identifier: Apache-2.0 */
#include "api/failure.h"

#include "api/answer.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "describe/fact_words.h"

#include <errno.h>
#include <string.h>

/* What Docker's clients branch on; all else goes by the error's code. */
static const unsigned short statuses[FACT_COUNT] = {
	[FACT_NO_CONTAINER] = 404,   [FACT_NO_IMAGE] = 404,	  [FACT_NO_NETWORK] = 404,
	[FACT_NO_VOLUME] = 404,	     [FACT_NAME_TAKEN] = 409,	  [FACT_STILL_RUNNING] = 409,
	[FACT_STILL_PAUSED] = 409,   [FACT_NOT_RUNNING] = 409,	  [FACT_KILL_STOPPED] = 409,
	[FACT_PAUSED] = 409,	     [FACT_ALREADY_PAUSED] = 409, [FACT_NOT_PAUSED] = 500,
	[FACT_START_PAUSED] = 409,   [FACT_NETWORK_EXISTS] = 409, [FACT_NETWORK_IN_USE] = 403,
	[FACT_NETWORK_DENIED] = 403, [FACT_NOT_CONNECTED] = 500,  [FACT_VOLUME_IN_USE] = 409,
	[FACT_IMAGE_IN_USE] = 409,   [FACT_IMAGE_SHARED] = 409,
};

unsigned failure_status(const struct error *err)
{
	static const struct {
		int code;
		unsigned status;
	} codes[] = {
		{ERROR_NOT_FOUND, 404},	  {ERROR_CONFLICT, 409}, {ERROR_INVALID, 400},
		{ERROR_UNSUPPORTED, 501}, {ERROR_BUSY, 409},	 {ERROR_DENIED, 401},
	};

	if (statuses[err->fact])
		return statuses[err->fact];
	for (size_t i = 0; i < array_length(codes); i++)
		if (codes[i].code == err->code)
			return codes[i].status;
	return 500;
}

void failure_text(struct strbuf *out, const struct error *err)
{
	if (!fact_words_add(out, err))
		strbuf_add(out, err->text);
}

bool failure_execution(struct strbuf *out, const struct error *err)
{
	static const struct {
		int code;
		const char *words;
	} rows[] = {
		{ENOENT, "executable file not found in $PATH"},
		{EACCES, "permission denied"},
		{EISDIR, "permission denied"}, /* all of them know this one */
	};

	for (size_t i = 0; i < array_length(rows); i++) {
		if (rows[i].code != err->code)
			continue;
		strbuf_add(out, err->text);
		if (!strstr(err->text, rows[i].words))
			strbuf_printf(out, ": %s", rows[i].words);
		strbuf_add(out, ": unknown");
		return true;
	}
	return false;
}

void failure_answer_as(struct request *request, unsigned status, const struct error *err)
{
	auto_strbuf struct strbuf text = {0};

	failure_text(&text, err);
	answer_message(request, status, strbuf_text(&text));
}

void failure_answer(struct request *request, const struct error *err)
{
	failure_answer_as(request, failure_status(err), err);
}
