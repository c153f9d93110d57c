/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One compose file: read, parsed, its variables replaced. Who merges it, extends it or includes
 * others is not known here.
 */
#include "compose/model/input.h"
#include "compose/model/load_private.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"

#include <fcntl.h>
#include <string.h>

struct walk source_begin_walk(struct loader *loader)
{
	return (struct walk){.arena = loader->arena,
			     .problems = &loader->problems,
			     .budget = &loader->budget,
			     .home = loader->home,
			     .judge = &loader->judge,
			     .keep_variables = loader->request->no_interpolate};
}

int source_read(struct loader *loader, const char *path, struct source *source)
{
	auto_strbuf struct strbuf text = {0};
	auto_free char *display = discover_display_path(loader->discovery, path);
	struct yaml_input input;
	int status;

	*source = (struct source){.path = arena_string(loader->arena, path)};
	if (loader->request->text && strvec_contains(&loader->discovery->files, path)) {
		source->display = loader->request->files[0];
		strbuf_add(&text, loader->request->text);
		status = 0;
	} else if (strcmp(path, "-") == 0) {
		source->display = "stdin";
		status = input_read_standard(YAML_TREE_SIZE_LIMIT, &text, loader->err);
	} else {
		source->display = arena_string(loader->arena, display);
		status = strvec_contains(&loader->discovery->files, path)
				 ? input_read(path, YAML_TREE_SIZE_LIMIT, &text, loader->err)
				 : file_read(AT_FDCWD, path, YAML_TREE_SIZE_LIMIT, &text,
					     loader->err);
	}
	if (status < 0)
		return -1;
	if (++loader->file_count > LOADER_FILE_LIMIT)
		return error_set(loader->err, ERROR_INVALID,
				 "%s: more than %d files are included or extended", display,
				 LOADER_FILE_LIMIT);
	input = (struct yaml_input){strbuf_text(&text), text.length, source->display};
	return yaml_tree_parse(&source->documents, &input, loader->arena, &loader->budget,
			       loader->err);
}

void source_interpolate(const struct scope *scope, struct source *source)
{
	struct loader *loader = scope->loader;
	struct interpolation interpolation = {.lookup = environment_lookup,
					      .data = scope->environment,
					      .made = loader->interpolated};
	struct walk walk = source_begin_walk(loader);

	if (loader->request->no_interpolate)
		return;
	for (size_t i = 0; i < source->documents.count; i++)
		interpolate_tree(&walk, source->documents.items[i], &interpolation);
	loader->interpolated = interpolation.made;
	walk_release(&walk);
}

int source_note_error(struct loader *loader)
{
	if (*loader->err->text) /* what was included may have noted its own */
		problem_add_at(&loader->problems, (struct location){0}, "%s", loader->err->text);
	*loader->err = (struct error){0};
	return -1;
}
