/* SPDX-License-Identifier: Apache-2.0 */
/*
 * registries.json and daemon.json, and what an answer that was no success says: its body and
 * Retry-After. The first byte says which; an answer's first line is the header.
 */
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/log.h"
#include "registry/config.h"
#include "registry/transport/answer.h"
#include "registry/transport/exchange.h"
#include "tests/fuzz/json_tree.h"

static void ignore(enum log_level level, const char *text, void *data)
{
	(void)level, (void)text, (void)data;
}

static void read_config(const char *text, bool is_daemon)
{
	auto_config struct config config = {0};
	struct error err = {0};

	if (config_parse(&config, text, "fuzz.json", is_daemon, &err) < 0 && !err.text[0])
		abort();
	config_mirrors(&config, "docker.io");
}

/* What it says goes to people's terminals. */
static void check_text(const char *text)
{
	for (const char *c = text; *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			abort();
}

static void read_answer(char *text, long status)
{
	static struct exchange exchange;
	char said[ANSWER_TEXT_SIZE], *body = strchr(text, '\n');

	exchange = (struct exchange){.status = status};
	if (body) {
		*body++ = '\0';
		exchange.answer.retry_after = text;
	}
	strbuf_add(&exchange.body, body ? body : text);
	answer_describe(said, &exchange);
	check_text(said);
	if (answer_retry_after(&exchange) < -1)
		abort();
	strbuf_release(&exchange.body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_free char *text = NULL;

	log_set_sink(ignore, NULL);
	if (size == 0)
		return 0;
	text = alloc_string_n((const char *)data + 1, size - 1);
	if (data[0] % 3 < 2)
		read_config(text, data[0] % 3 == 1);
	else
		read_answer(text, 400 + data[0]);
	return 0;
}
