/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/step_copy.h"

#include <string.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/path.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "builder/build_private.h"
#include "builder/key.h"
#include "builder/stage_config.h"
#include "registry/download.h"

/* --- what the words mean ---------------------------------------------------------------------- */

static int expand_flag(const struct step *step, const char *name, const char **value,
		       struct error *err)
{
	const char *flag = instruction_flag(&step->line->instruction, name);

	if (!flag)
		return 0;
	*value = scope_word(&step->stage->scope, flag, err);
	return *value ? 0 : -1;
}

static int read_flags(struct step *step, struct error *err)
{
	const struct instruction *instruction = &step->line->instruction;
	struct step_copy *copy = &step->copy;
	const struct {
		const char *name;
		bool *is_set;
	} switches[] = {
		{"link", &copy->is_link},
		{"parents", &copy->keeps_parents},
		{"keep-git-dir", &copy->keeps_git_directory},
	};

	copy->is_add = instruction->kind == INSTRUCTION_ADD;
	copy->unpacks = copy->is_add;
	if (instruction_flag(instruction, "unpack")) {
		if (instruction_flag_is_set(instruction, "unpack", &copy->unpacks, err) < 0)
			return -1;
		copy->unpacks_remote = copy->unpacks;
	}
	for (size_t i = 0; i < array_length(switches); i++)
		if (instruction_flag(instruction, switches[i].name) &&
		    instruction_flag_is_set(instruction, switches[i].name, switches[i].is_set,
					    err) < 0)
			return -1;
	if (expand_flag(step, "chown", &copy->chown, err) < 0 ||
	    expand_flag(step, "chmod", &copy->chmod, err) < 0 ||
	    expand_flag(step, "checksum", &copy->checksum, err) < 0)
		return -1;
	return copy->chmod && *copy->chmod ? copy_check_chmod(copy->chmod, err) : 0;
}

static int read_excludes(struct build *build, const struct step *step, struct stage_selection *all,
			 struct error *err)
{
	const struct instruction *instruction = &step->line->instruction;
	auto_strvec struct strvec patterns = {0};

	for (size_t i = 0; i < instruction->flag_count; i++)
		if (strcmp(instruction->flags[i].name, "exclude") == 0)
			strvec_add(&patterns, instruction->flags[i].value);
	if (patterns.count == 0)
		return 0;
	all->excludes = strvec_copy(&patterns, build->arena);
	all->select.excludes = ignore_from_patterns(all->excludes, build->arena, err);
	return all->select.excludes ? 0 : -1;
}

static const struct heredoc *find_heredoc(const struct instruction *instruction, const char *word)
{
	if (strncmp(word, "<<", 2) != 0)
		return NULL;
	for (size_t i = 0; i < instruction->heredoc_count; i++)
		if (strcmp(instruction->heredocs[i].name, word + 2) == 0)
			return &instruction->heredocs[i];
	return NULL;
}

static int add_inline(struct build *build, struct step *step, const struct heredoc *heredoc,
		      struct error *err)
{
	struct step_copy *copy = &step->copy;
	const char *content = heredoc->content;

	if (heredoc->expands)
		content = scope_text(&step->stage->scope, content, err);
	if (!content)
		return -1;
	copy->inlines =
		arena_grow(build->arena, copy->inlines, copy->inline_count, sizeof(*copy->inlines));
	copy->inlines[copy->inline_count++] = (struct copy_inline){
		.name = heredoc->name, .content = content, .length = strlen(content)};
	return 0;
}

static struct step_copy_part *add_part(struct build *build, struct step_copy *copy)
{
	struct step_copy_part *part;

	copy->parts = arena_grow(build->arena, copy->parts, copy->part_count, sizeof(*copy->parts));
	part = &copy->parts[copy->part_count++];
	*part = (struct step_copy_part){.fetched.fd = -1};
	return part;
}

static int add_source(struct build *build, struct step *step, const char *word,
		      const struct stage_selection *all, struct error *err)
{
	const struct heredoc *heredoc = find_heredoc(&step->line->instruction, word);
	struct step_copy *copy = &step->copy;
	const char *source = heredoc ? NULL : scope_word(&step->stage->scope, word, err);
	struct step_copy_part *part;
	char **patterns;

	if (heredoc)
		return add_inline(build, step, heredoc, err);
	if (!source)
		return -1;
	if (context_is_url(source) || context_is_git(source)) {
		if (!copy->is_add)
			return error_set(err, ERROR_INVALID, "source can't be a %s for COPY",
					 context_is_git(source) ? "git ref" : "URL");
		add_part(build, copy)->url = source;
		return 0;
	}
	patterns = arena_array(build->arena, 2, sizeof(*patterns));
	patterns[0] = arena_string(build->arena, source);
	part = add_part(build, copy);
	part->selection = *all;
	part->selection.select.patterns = patterns;
	part->selection.select.keeps_parents = copy->keeps_parents;
	part->selection.select.is_archive = copy->unpacks;
	return 0;
}

static int check_checksum(const struct step_copy *copy, struct error *err)
{
	if (!copy->checksum || !*copy->checksum)
		return 0;
	if (copy->part_count != 1 || copy->inline_count > 0)
		return error_set(err, ERROR_INVALID,
				 "checksum can't be specified for multiple sources");
	if (!copy->parts[0].url)
		return error_set(err, ERROR_INVALID, "checksum requires HTTP(S) or Git sources");
	return 0;
}

/* Relative to WORKDIR; a slash at the end stays, and "." means the folder itself. */
static int set_destination(struct build *build, struct step *step, const char *word,
			   struct error *err)
{
	const char *path = scope_word(&step->stage->scope, word, err);
	const char *base = stage_config_text(step->stage, "WorkingDir");

	if (!path)
		return -1;
	if (!*path || strcmp(path, ".") == 0)
		path = "./";
	step->copy.said_destination = path;
	step->copy.destination =
		*path == '/'
			? path
			: arena_format(build->arena, "%s%s%s", *base ? base : "/",
				       *base && base[strlen(base) - 1] == '/' ? "" : "/", path);
	return 0;
}

/* What does not have to be built first is looked at now. */
static int digest_context_parts(struct build *build, struct step *step, struct error *err)
{
	for (size_t i = 0; i < step->copy.part_count; i++) {
		struct step_copy_part *part = &step->copy.parts[i];

		if (part->url || !stage_source_is_context(step->copy.from))
			continue;
		if (stage_source_digest(build, step->copy.from, &part->selection, false,
					part->digest, err) < 0)
			return -1;
	}
	return 0;
}

static void say(const struct step *step, struct strbuf *created_by)
{
	const struct step_copy *copy = &step->copy;

	strbuf_add(created_by, instruction_names[step->line->instruction.kind]);
	if (copy->keeps_parents)
		strbuf_add(created_by, " --parents");
	if (copy->chown && *copy->chown)
		strbuf_printf(created_by, " --chown=%s", copy->chown);
	if (copy->chmod && *copy->chmod)
		strbuf_printf(created_by, " --chmod=%s", copy->chmod);
	for (size_t i = 0; i < copy->part_count; i++) {
		const struct step_copy_part *part = &copy->parts[i];
		auto_free char *url = part->url ? download_show_url(part->url) : NULL;

		strbuf_printf(created_by, " %s", url ? url : part->selection.select.patterns[0]);
	}
	for (size_t i = 0; i < copy->inline_count; i++)
		strbuf_printf(created_by, " <<%s", copy->inlines[i].name);
}

int step_copy_prepare(struct build *build, struct step *step, struct strbuf *created_by,
		      struct error *err)
{
	const struct instruction *instruction = &step->line->instruction;
	struct stage_selection all = {0};

	if (step->line->source_count > 0)
		step->copy.from = step->line->sources[0];
	if (read_flags(step, err) < 0 || read_excludes(build, step, &all, err) < 0)
		return -1;
	for (size_t i = 0; i + 1 < instruction->word_count; i++)
		if (add_source(build, step, instruction->words[i], &all, err) < 0)
			return -1;
	if (set_destination(build, step, instruction->words[instruction->word_count - 1], err) <
		    0 ||
	    check_checksum(&step->copy, err) < 0)
		return -1;
	say(step, created_by);
	strbuf_printf(created_by, " %s # buildkit", step->copy.said_destination);
	return digest_context_parts(build, step, err);
}

/* --- the key ---------------------------------------------------------------------------------- */

static int fetch(const struct build *build, const struct step_copy *copy,
		 struct step_copy_part *part, bool only_digest, struct error *err)
{
	struct context_fetch request = {
		.url = part->url,
		.transport = build->transport,
		.checksum = copy->checksum && *copy->checksum ? copy->checksum : NULL,
		.keeps_git_directory = copy->keeps_git_directory,
		.ssh_auth_socket = build->ssh_auth_socket,
		.only_digest = only_digest,
	};

	if (part->fetched.fd >= 0)
		return 0;
	return context_fetch(&part->fetched, &request, &build->staging, build->arena, err);
}

/* A file with a checksum need not be fetched to know what it is. */
static int find_remote_digest(const struct build *build, const struct step_copy *copy,
			      struct step_copy_part *part, bool may_look, struct error *err)
{
	if (copy->checksum && strncmp(copy->checksum, "sha256:", 7) == 0 &&
	    strlen(copy->checksum) == 7 + DIGEST_HEX_SIZE - 1 && !context_is_git(part->url)) {
		memcpy(part->digest, copy->checksum + 7, DIGEST_HEX_SIZE);
		return 1;
	}
	if (!may_look)
		return 0;
	if (fetch(build, copy, part, true, err) < 0)
		return -1;
	memcpy(part->digest, part->fetched.hex, DIGEST_HEX_SIZE);
	return 1;
}

static int find_digest(const struct build *build, const struct step_copy *copy,
		       struct step_copy_part *part, bool may_look, struct error *err)
{
	if (*part->digest)
		return 1;
	if (part->url)
		return find_remote_digest(build, copy, part, may_look, err);
	return stage_source_digest(build, copy->from, &part->selection, may_look, part->digest,
				   err);
}

/* Of a source only its last name counts: what else it says is in the digest. */
static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] ? slash + 1 : path;
}

int step_copy_add_key(const struct build *build, struct step *step, struct key *key, bool may_look,
		      struct error *err)
{
	struct step_copy *copy = &step->copy;

	for (size_t i = 0; i < copy->part_count; i++) {
		struct step_copy_part *part = &copy->parts[i];
		int known = find_digest(build, copy, part, may_look, err);

		if (known <= 0)
			return known;
		key_add(key, part->url ? "url" : "source",
			part->url ? part->url : base_name(part->selection.select.patterns[0]));
		key_add(key, "content", part->digest);
	}
	for (size_t i = 0; i < copy->inline_count; i++) {
		key_add(key, "inline", copy->inlines[i].name);
		key_add_bytes(key, "content", copy->inlines[i].content, copy->inlines[i].length);
	}
	key_add(key, "destination", copy->destination);
	key_add(key, "chown", copy->chown);
	key_add(key, "chmod", copy->chmod);
	key_add_number(key, "link", copy->is_link);
	key_add_number(key, "parents", copy->keeps_parents);
	key_add_number(key, "unpack", copy->unpacks);
	key_add_number(key, "unpack what is fetched", copy->unpacks_remote);
	key_add_number(key, "git", copy->keeps_git_directory);
	return 1;
}

/* --- the work --------------------------------------------------------------------------------- */

static int copy_files(const struct build *build, const struct step_copy *copy,
		      struct copy_request *request, struct step_copy_part *part, struct error *err)
{
	auto_close int fd = -1;
	struct source source;

	if (stage_source_open(build, copy->from, &source, &fd, err) < 0)
		return -1;
	request->source = &source;
	request->select = &part->selection.select;
	request->unpacks = copy->unpacks;
	if (copy_run(request, err) < 0)
		return -1;
	request->has_changed |=
		stage_source_has_changed(build, copy->from, &part->selection, part->digest);
	return 0;
}

/* A file keeps the time that its server says, and is for its owner alone. */
static int copy_remote(const struct build *build, const struct step_copy *copy,
		       struct copy_request *request, struct step_copy_part *part, struct error *err)
{
	struct source_select select = {.is_literal = true, .is_archive = copy->unpacks_remote};
	struct source source = {.name = part->url};
	char *patterns[2] = {NULL, NULL};

	if (fetch(build, copy, part, false, err) < 0)
		return -1;
	patterns[0] = arena_string(build->arena, part->fetched.is_git ? "/" : part->fetched.name);
	source.fd = part->fetched.fd;
	select.patterns = patterns;
	request->source = &source;
	request->select = &select;
	request->unpacks = copy->unpacks_remote;
	request->has_mode = !part->fetched.is_git && !copy->unpacks_remote;
	request->mode = 0600;
	if (copy_run(request, err) < 0)
		return -1;
	/* It may have become another since it was asked for. */
	request->has_changed |= *part->digest && strcmp(part->digest, part->fetched.hex) != 0;
	return 0;
}

static int copy_part(const struct build *build, struct step *step,
		     const struct copy_request *common, struct step_copy_part *part,
		     struct error *err)
{
	const struct step_copy *copy = &step->copy;
	struct copy_request request = *common;

	if ((part->url ? copy_remote(build, copy, &request, part, err)
		       : copy_files(build, copy, &request, part, err)) < 0)
		return -1;
	step->is_inexact |= request.has_changed;
	return 0;
}

int step_copy_work(const struct build *build, struct step *step, const struct step_roots *roots,
		   struct error *err)
{
	struct step_copy *copy = &step->copy;
	struct copy_request request = {
		.root_fd = roots->target_fd,
		.destination = copy->destination,
		.chmod = copy->chmod && *copy->chmod ? copy->chmod : NULL,
	};

	if (copy->chown && *copy->chown &&
	    copy_find_owner(roots->users_fd, copy->chown, &request.owner, err) < 0)
		return -1;
	for (size_t i = 0; i < copy->part_count; i++)
		if (copy_part(build, step, &request, &copy->parts[i], err) < 0)
			return -1;
	request.inlines = copy->inlines;
	request.inline_count = copy->inline_count;
	return copy->inline_count > 0 ? copy_run(&request, err) : 0;
}
