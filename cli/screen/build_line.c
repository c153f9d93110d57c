/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/screen/build_line.h"

#include "base/units.h"

#include <stdlib.h>

void build_line_free(struct build_line *line)
{
	for (size_t i = 0; i < line->detail_count; i++)
		free(line->details[i].text);
	free(line->details);
	free(line->name);
	strbuf_release(&line->partial[0]);
	strbuf_release(&line->partial[1]);
	strbuf_release(&line->log);
	free(line);
}

double build_line_seconds(const struct build_line *line)
{
	int64_t ns = line->duration_ns;

	if (!line->has_ended)
		ns = line->now_ns - line->begun_ns;
	return ns > 0 ? (double)ns / (double)SECOND : 0;
}

void build_detail_print(struct strbuf *out, const struct build_detail *detail)
{
	char done[32], total[32];

	strbuf_add(out, detail->text);
	if (detail->done <= 0 && detail->total <= 0)
		return;
	units_format_size(done, sizeof(done), detail->done);
	units_format_size(total, sizeof(total), detail->total);
	strbuf_printf(out, detail->total > 0 ? " %s / %s" : " %s", done, total);
}
