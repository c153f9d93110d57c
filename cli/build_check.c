/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/build_check.h"

#include "base/error.h"
#include "builder/build.h"
#include "builder/dockerfile/dockerfile.h"
#include "builder/dockerfile/lint.h"
#include "cli/invocation.h"
#include "cli/screen/output.h"

#include <string.h>

static void print_warning(const struct build_checked *checked,
			  const struct dockerfile_warning *warning)
{
	const struct dockerfile dockerfile = {.name = checked->dockerfile_name,
					      .bytes = checked->text,
					      .length = checked->length};
	const char *about = warning->rule ? lint_describe(warning->rule) : NULL;
	struct error place = {0};

	output_printf("\nWARNING: %s", warning->rule ? warning->rule : "Dockerfile");
	output_line("");
	if (about)
		output_text(about, strlen(about));
	if (about && *about && about[strlen(about) - 1] != '\n')
		output_line("");
	error_set(&place, ERROR_INVALID, "%s", warning->text);
	if (warning->line > 0)
		dockerfile_complain(&dockerfile, warning->line, warning->line, &place);
	output_text(place.text, strlen(place.text));
	if (place.text[0] && place.text[strlen(place.text) - 1] != '\n')
		output_line("");
}

int build_check_print(struct invocation *invocation, const struct build_request *request,
		      struct error *err)
{
	struct build_checked checked = {0};

	if (build_check(invocation->engine, request, &checked, invocation->arena, err) < 0)
		return -1;
	if (checked.count == 0)
		output_line("Check complete, no warnings found.");
	else
		output_printf("Check complete, %zu warning%s been found!\n", checked.count,
			      checked.count == 1 ? " has" : "s have");
	for (size_t i = 0; i < checked.count; i++)
		print_warning(&checked, &checked.warnings[i]);
	return checked.count > 0 ? 1 : 0;
}
