/* SPDX-License-Identifier: Apache-2.0 */
#include "describe/log_details.h"

#include "base/arena.h"
#include "base/pair.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "engine/container.h"

#include <string.h>

static void add_escaped(struct strbuf *out, const char *text)
{
	for (; *text; text++)
		strbuf_add_url(out, (unsigned char)*text, true);
}

static void add_detail(struct strvec *details, const char *name, const char *value)
{
	auto_strbuf struct strbuf text = {0};

	if (!value)
		return;
	add_escaped(&text, name);
	strbuf_add_char(&text, '=');
	add_escaped(&text, value);
	strvec_add(details, strbuf_text(&text));
}

const char *log_details(const struct container *container, struct arena *arena)
{
	auto_strvec struct strvec details = {0};
	auto_strbuf struct strbuf text = {0};

	for (size_t i = 0; i < container->config.log_option_count; i++) {
		const struct pair *option = &container->config.log_options[i];
		bool is_env = strcmp(option->name, "env") == 0;
		char *names = arena_string(arena, option->value), *save = NULL;

		if (!is_env && strcmp(option->name, "labels") != 0)
			continue;
		for (char *name = strtok_r(names, ",", &save); name;
		     name = strtok_r(NULL, ",", &save))
			add_detail(&details, name,
				   is_env ? strvec_getenv(container->env, name)
					  : container_label(container, name));
	}
	strvec_sort(&details);
	strvec_each (detail, &details)
		strbuf_printf(&text, "%s%s", text.length ? "," : "", *detail);
	return arena_string(arena, strbuf_text(&text));
}
