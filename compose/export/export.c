/* SPDX-License-Identifier: Apache-2.0 */
#include "compose/export/export.h"

#include "base/log.h"
#include "base/strbuf.h"
#include "compose/export/carried.h"
#include "compose/export/export_private.h"

#include <stdlib.h>
#include <string.h>

static int compare_files(const void *a, const void *b)
{
	return strcmp(((const struct export_file *)a)->path, ((const struct export_file *)b)->path);
}

/* By place; those without one come last. */
static int compare_notes(const void *a, const void *b)
{
	const struct export_note *left = a, *right = b;
	int files;

	if (!left->where.file || !right->where.file)
		return !left->where.file - !right->where.file;
	files = strcmp(left->where.file, right->where.file);
	if (files != 0)
		return files;
	if (left->where.line != right->where.line)
		return left->where.line < right->where.line ? -1 : 1;
	if (left->where.column != right->where.column)
		return left->where.column < right->where.column ? -1 : 1;
	return strcmp(left->path, right->path);
}

static void sort_result(struct export_result *result)
{
	if (result->file_count)
		qsort(result->files, result->file_count, sizeof(*result->files), compare_files);
	if (result->note_count)
		qsort(result->notes, result->note_count, sizeof(*result->notes), compare_notes);
}

int export_project(struct export_result *result, const struct export_request *request,
		   struct arena *arena, struct error *err)
{
	static int (*const targets[EXPORT_TARGETS])(struct export_work *, struct error *) = {
		[EXPORT_KUBERNETES] = export_kubernetes,
		[EXPORT_SYSTEMD] = export_systemd,
	};
	struct export_work work = {
		.request = request, .project = request->project, .arena = arena, .result = result};
	int status;

	*result = (struct export_result){0};
	export_note_lost(&work);
	status = targets[request->target](&work, err);
	sort_result(result);
	map_release(&work.names);
	map_release(&work.taken);
	map_release(&work.noted);
	map_release(&work.maps);
	return status;
}

void export_join(struct strbuf *out, const struct export_result *result, enum export_target target)
{
	for (size_t i = 0; i < result->file_count; i++) {
		if (target == EXPORT_SYSTEMD)
			strbuf_printf(out, "%s# %s\n", i ? "\n" : "", result->files[i].path);
		else if (i)
			strbuf_add(out, "---\n");
		strbuf_add_n(out, result->files[i].text, result->files[i].length);
	}
}

void export_say_notes(const struct export_note *notes, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct location *where = &notes[i].where;

		if (where->file)
			log_warning("%s:%u:%u: %s: %s", where->file, where->line, where->column,
				    notes[i].path, notes[i].text);
		else
			log_warning("%s: %s", notes[i].path, notes[i].text);
	}
}
