/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/survey_report.h"

#include "base/cleanup.h"
#include "base/strbuf.h"
#include "cli/invocation.h"
#include "cli/screen/output.h"
#include "engine/survey/survey.h"

static void print(const struct survey *survey, bool quiet)
{
	size_t missing = survey_count(survey, SURVEY_MISSING);
	size_t notes = survey_count(survey, SURVEY_NOTE);

	for (size_t i = 0; i < survey->count; i++) {
		const struct survey_finding *finding = &survey->findings[i];

		if (quiet && finding->verdict == SURVEY_OK)
			continue;
		output_printf("%-8s %-18s %s\n", survey_verdicts[finding->verdict], finding->name,
			      finding->detail);
		if (finding->remedy)
			output_printf("%-8s %-18s %s\n", "", "", finding->remedy);
	}
	if (missing)
		output_printf("Stacks cannot run here: %zu missing\n", missing);
	else if (!quiet)
		output_printf("Stacks can run here%s\n", notes ? ", with what the notes say" : "");
}

static void print_json(const struct survey *survey)
{
	auto_json json *document = json_new_object();
	auto_strbuf struct strbuf text = {0};
	json *list = json_new_array();

	for (size_t i = 0; i < survey->count; i++) {
		const struct survey_finding *finding = &survey->findings[i];
		json *row = json_new_object();

		json_set_string(row, "Name", finding->name);
		json_set_string(row, "Verdict", survey_verdicts[finding->verdict]);
		json_set_string(row, "Detail", finding->detail);
		if (finding->remedy)
			json_set_string(row, "Remedy", finding->remedy);
		json_add(list, row);
	}
	json_set(document, "Findings", list);
	json_set_int(document, "Missing", (int64_t)survey_count(survey, SURVEY_MISSING));
	json_set_int(document, "Notes", (int64_t)survey_count(survey, SURVEY_NOTE));
	json_print(&text, document, true);
	strbuf_add_char(&text, '\n');
	output_text(text.text, text.length);
}

int survey_report(struct invocation *invocation, bool is_json, bool quiet)
{
	struct survey survey = {.engine = invocation->engine, .arena = invocation->arena};

	survey_run(&survey);
	if (is_json)
		print_json(&survey);
	else
		print(&survey, quiet);
	return survey_count(&survey, SURVEY_MISSING) > 0;
}
