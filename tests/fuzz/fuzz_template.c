/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any text as a --format template over a fixed document.
 */
#include "base/alloc.h"
#include "base/error.h"
#include "base/json.h"
#include "base/strbuf.h"
#include "describe/template.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char text[] = "{\"Name\":\"web\",\"N\":3,\"L\":[1,\"two\",null],"
				   "\"M\":{\"a\":{\"b\":true}},\"Labels\":\"a=1,b=2\"}";
	char *format = alloc_string_n((const char *)data, size);
	struct template *template = template_parse(format, NULL);

	if (template) {
		auto_strbuf struct strbuf out = {0};
		json *document = json_parse(text, strlen(text), "document", NULL);

		template_execute(template, document, &out, NULL);
		json_object_put(document);
		template_free(template);
	}
	free(format);
	return 0;
}
