/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/build_options.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/units.h"
#include "builder/build_words.h"
#include "cli/build_refuse.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const struct option_spec build_options[] = {
	OPTION(LIST, "add-host", 0, build_options, hosts, "Add a name to /etc/hosts of RUN",
	       .value = "HOST:IP"),
	OPTION(LIST, "allow", 0, build_options, allow, "Allow what a RUN asks for", .value = "WHAT",
	       .words = "security.insecure network.host", .fallback = "nothing"),
	OPTION(LIST, "annotation", 0, build_options, annotations, "Not available",
	       .value = "NAME=VALUE", .is_hidden = true),
	OPTION(LIST, "attest", 0, build_options, attest, "Not available", .value = "TYPE",
	       .is_hidden = true),
	OPTION(LIST, "build-arg", 0, build_options, args,
	       "Set an ARG of the Dockerfile; without a value, take the environment's",
	       .value = "NAME[=VALUE]"),
	OPTION(LIST, "build-context", 0, build_options, contexts,
	       "Add a context for FROM and --from: a path, a URL, docker-image://…",
	       .value = "NAME=CONTEXT"),
	OPTION(STRING, "builder", 0, build_options, builder, "Only default", .value = "NAME",
	       .is_hidden = true),
	OPTION(LIST, "cache-from", 0, build_options, cache_from,
	       "Take steps of other builds from an image, type=registry,ref=…, or type=local,src=…",
	       .value = "CACHE"),
	OPTION(LIST, "cache-to", 0, build_options, cache_to,
	       "Export the steps to type=inline, type=registry,ref=…, or type=local,dest=…",
	       .value = "CACHE"),
	OPTION(STRING, "call", 0, build_options, call, "Build, or only check the Dockerfile",
	       .value = "METHOD", .words = "build check", .fallback = "build"),
	OPTION(STRING, "cgroup-parent", 0, build_options, cgroup_parent,
	       "Run each RUN in this cgroup", .value = "CGROUP"),
	OPTION(BOOL, "check", 0, build_options, check,
	       "Say what is wrong with the Dockerfile, and build nothing"),
	OPTION(BOOL, "compress", 0, build_options, compress, "Has no effect", .is_hidden = true),
	OPTION(INT, "cpu-period", 0, build_options, cpu_period, "Microseconds", .is_hidden = true),
	OPTION(INT, "cpu-quota", 0, build_options, cpu_quota, "Microseconds a period",
	       .is_hidden = true),
	OPTION(INT, "cpu-shares", 'c', build_options, cpu_shares, "Relative weight of RUN",
	       .is_hidden = true),
	OPTION(STRING, "cpuset-cpus", 0, build_options, cpuset_cpus, "Processors of RUN",
	       .is_hidden = true),
	OPTION(STRING, "cpuset-mems", 0, build_options, cpuset_mems, "Memory nodes of RUN",
	       .is_hidden = true),
	OPTION(STRING, "file", 'f', build_options, file,
	       "Read this Dockerfile, or - for standard input", .value = "PATH",
	       .fallback = "CONTEXT/Dockerfile"),
	OPTION(BOOL, "force-rm", 0, build_options, force_rm, "Has no effect", .is_hidden = true),
	OPTION(STRING, "iidfile", 0, build_options, iidfile, "Write the image's id to this file",
	       .value = "FILE"),
	OPTION(STRING, "isolation", 0, build_options, isolation, "Only default", .is_hidden = true),
	OPTION(LIST, "label", 0, build_options, labels, "Give the image a label",
	       .value = "NAME=VALUE"),
	OPTION(BOOL, "load", 0, build_options, load,
	       "Put the image into the store, as -o type=docker", .fallback = "true"),
	OPTION(STRING, "memory", 'm', build_options, memory, "Limit the memory of each RUN",
	       .value = "BYTES"),
	OPTION(STRING, "memory-swap", 0, build_options, memory_swap,
	       "The same with swap, -1 for no limit", .value = "BYTES", .is_hidden = true),
	OPTION(STRING, "metadata-file", 0, build_options, metadata_file,
	       "Write what was made to this file, as JSON", .value = "FILE"),
	OPTION(STRING, "network", 0, build_options, network,
	       "Run each RUN in this network: default, none, host, or one by name", .value = "MODE",
	       .fallback = "default"),
	OPTION(BOOL, "no-cache", 0, build_options, no_cache,
	       "Run every step anew, whatever the cache has"),
	OPTION(LIST, "no-cache-filter", 0, build_options, no_cache_filter,
	       "Run every step of this stage anew", .value = "STAGE"),
	OPTION(LIST, "output", 'o', build_options, outputs,
	       "Write to a directory, to - or to type=TYPE[,dest=PATH], TYPE being local, tar, "
	       "oci, docker, image or registry",
	       .value = "OUTPUT", .fallback = "type=docker"),
	OPTION(LIST, "platform", 0, build_options, platforms,
	       "Build for OS/ARCHITECTURE, or for several by commas", .value = "PLATFORM",
	       .fallback = "this host"),
	OPTION(STRING, "print", 0, build_options, print, "As --call", .is_hidden = true),
	OPTION(STRING, "progress", 0, build_options, progress, "How to show progress",
	       .value = "TYPE", .words = "auto tty plain quiet json rawjson", .fallback = "auto"),
	OPTION(STRING, "provenance", 0, build_options, provenance, "Only false", .value = "BOOL",
	       .is_hidden = true),
	OPTION(BOOL, "pull", 0, build_options, pull, "Ask registries for newer base images"),
	OPTION(BOOL, "push", 0, build_options, push,
	       "Push the image to its registry, as -o type=registry"),
	OPTION(BOOL, "quiet", 'q', build_options, quiet, "Print nothing but the image's id"),
	OPTION(TRISTATE, "rm", 0, build_options, rm, "Has no effect", .is_hidden = true),
	OPTION(STRING, "sbom", 0, build_options, sbom, "Only false", .value = "BOOL",
	       .is_hidden = true),
	OPTION(LIST, "secret", 0, build_options, secrets,
	       "Give RUN --mount=type=secret a secret: id=ID[,src=PATH|,env=NAME]",
	       .value = "id=ID[,…]"),
	OPTION(STRING, "shm-size", 0, build_options, shm_size, "Size of /dev/shm of RUN",
	       .value = "BYTES", .fallback = "64m"),
	OPTION_REFUSED("squash", 0, "layers are not merged"),
	OPTION(LIST, "ssh", 0, build_options, ssh,
	       "Give RUN --mount=type=ssh an agent or key: default, or ID=PATH",
	       .value = "ID[=PATH]"),
	OPTION(LIST, "tag", 't', build_options, tags, "Give the image this name",
	       .value = "NAME[:TAG]"),
	OPTION(STRING, "target", 0, build_options, target, "Build this stage", .value = "STAGE",
	       .fallback = "the last"),
	OPTION(LIST, "ulimit", 0, build_options, ulimits, "Set a limit of the processes of RUN",
	       .value = "NAME=SOFT[:HARD]"),
	{0},
};

static int refuse_attestations(const struct build_options *options, struct error *err)
{
	strvec_each (attest, &options->attest)
		if (!strstr(*attest, "disabled=true"))
			return error_set(err, ERROR_UNSUPPORTED,
					 "--attest %s: attestations are not made here", *attest);
	if (options->annotations.count > 0)
		return error_set(err, ERROR_UNSUPPORTED,
				 "--annotation: images have no annotations here; use --label");
	if (build_refuse_attestation("provenance", options->provenance, err) < 0)
		return -1;
	return build_refuse_attestation("sbom", options->sbom, err);
}

static int check_call(const char *option, const char *method, struct error *err)
{
	static const char *const done[] = {"build", "check", "lint"};

	for (size_t i = 0; method && i < array_length(done); i++)
		if (strcmp(method, done[i]) == 0)
			return 0;
	if (!method)
		return 0;
	return error_set(err, ERROR_UNSUPPORTED,
			 "--%s %s is not available; there are build and check", option, method);
}

static int check_allowed(const struct build_options *options, struct error *err)
{
	strvec_each (what, &options->allow)
		if (strcmp(*what, "security.insecure") != 0 && strcmp(*what, "network.host") != 0 &&
		    strncmp(*what, "fs", 2) != 0)
			return error_set(err, ERROR_INVALID,
					 "--allow must be security.insecure or network.host, not "
					 "'%s'",
					 *what);
	return 0;
}

int build_options_check(const struct build_options *options, struct error *err)
{
	if (build_refuse_builder(options->builder, err) < 0)
		return -1;
	if (options->isolation && *options->isolation && strcmp(options->isolation, "default") != 0)
		return error_set(err, ERROR_UNSUPPORTED,
				 "--isolation must be default, not '%s': that is for Windows",
				 options->isolation);
	if (options->push && options->load)
		return error_set(err, ERROR_INVALID, "--push and --load are incompatible");
	if (options->push && options->tags.count == 0)
		return error_set(err, ERROR_INVALID, "--push needs a name: -t NAME");
	if (check_call("call", options->call, err) < 0 ||
	    check_call("print", options->print, err) < 0 || check_allowed(options, err) < 0)
		return -1;
	return refuse_attestations(options, err);
}

static bool asks_to_check(const char *method)
{
	return method && (strcmp(method, "check") == 0 || strcmp(method, "lint") == 0);
}

bool build_options_only_checks(const struct build_options *options)
{
	return options->check || asks_to_check(options->call) || asks_to_check(options->print);
}

static int fill_sizes(struct build_request *request, const struct build_options *options,
		      struct error *err)
{
	struct spec_resources *resources = &request->resources;
	const struct {
		const char *name, *text;
		int64_t *value;
	} rows[] = {
		{"shm-size", options->shm_size, &request->shm_size},
		{"memory", options->memory, &resources->memory_limit},
		{"memory-swap", options->memory_swap, &resources->memory_swap},
	};

	for (size_t i = 0; i < array_length(rows); i++)
		if (rows[i].text && units_parse_size(rows[i].value, rows[i].text, err) < 0)
			return error_wrap(err, "--%s", rows[i].name);
	resources->cpu_shares = options->cpu_shares > 0 ? (uint64_t)options->cpu_shares : 0;
	resources->cpu_quota_us = options->cpu_quota > 0 ? options->cpu_quota : 0;
	resources->cpu_period_us = options->cpu_period > 0 ? (uint64_t)options->cpu_period : 0;
	resources->cpuset_cpus = options->cpuset_cpus;
	resources->cpuset_mems = options->cpuset_mems;
	return 0;
}

/* "NAME=VALUE"; without "=" the value is NULL. */
static int fill_pairs(struct pair **pairs, size_t *count, const struct strvec *entries,
		      struct arena *arena, struct error *err)
{
	*pairs = arena_array(arena, entries->count + 1, sizeof(**pairs));
	strvec_each (entry, entries) {
		size_t length = strcspn(*entry, "=");
		struct pair *pair = &(*pairs)[(*count)++];

		if (length == 0)
			return error_set(err, ERROR_INVALID, "'%s' must be NAME=VALUE", *entry);
		pair->name = arena_string_n(arena, *entry, length);
		pair->value = (*entry)[length] ? arena_string(arena, *entry + length + 1) : NULL;
	}
	return 0;
}

static int check_contexts(const struct build_request *request, struct error *err)
{
	for (size_t i = 0; i < request->named_context_count; i++)
		if (!request->named_contexts[i].value)
			return error_set(err, ERROR_INVALID,
					 "--build-context '%s' must be NAME=CONTEXT",
					 request->named_contexts[i].name);
	return 0;
}

static int fill_mounts(struct build_request *request, const struct build_options *options,
		       struct arena *arena, struct error *err)
{
	request->secrets =
		arena_array(arena, options->secrets.count + 1, sizeof(*request->secrets));
	strvec_each (text, &options->secrets)
		if (build_words_secret(&request->secrets[request->secret_count++], *text, arena,
				       err) < 0)
			return error_wrap(err, "--secret");
	request->ssh = arena_array(arena, options->ssh.count + 1, sizeof(*request->ssh));
	strvec_each (text, &options->ssh)
		if (build_words_ssh(&request->ssh[request->ssh_count++], *text, arena, err) < 0)
			return error_wrap(err, "--ssh");
	request->ulimits =
		arena_array(arena, options->ulimits.count + 1, sizeof(*request->ulimits));
	strvec_each (text, &options->ulimits)
		if (spec_rlimit_parse(&request->ulimits[request->ulimit_count++], *text, err) < 0)
			return error_wrap(err, "--ulimit");
	return 0;
}

static int fill_caches(struct build_cache_place **places, size_t *count, const struct strvec *texts,
		       bool is_target, struct arena *arena, struct error *err)
{
	*places = arena_array(arena, texts->count + 1, sizeof(**places));
	strvec_each (text, texts)
		if (build_words_cache(&(*places)[(*count)++], *text, is_target, arena, err) < 0)
			return error_wrap(err, "--cache-%s", is_target ? "to" : "from");
	return 0;
}

static int fill_outputs(struct build_plan *plan, const struct build_options *options,
			struct strvec *names, struct arena *arena, struct error *err)
{
	struct build_request *request = &plan->request;

	request->outputs =
		arena_array(arena, options->outputs.count + 2, sizeof(*request->outputs));
	strvec_each (text, &options->outputs) {
		struct build_words_output output;

		if (build_words_output(&output, *text, arena, err) < 0)
			return error_wrap(err, "--output");
		request->outputs[request->output_count++] = output.output;
		plan->pushes = plan->pushes || output.pushes;
		if (output.name)
			strvec_add(names, output.name);
	}
	if ((options->push || options->load) && options->outputs.count > 0)
		request->outputs[request->output_count++] =
			(struct build_output){.type = BUILD_OUTPUT_IMAGE};
	plan->pushes = plan->pushes || options->push;
	return 0;
}

static char **split_platforms(const struct strvec *texts, struct arena *arena)
{
	auto_strvec struct strvec platforms = {0};

	strvec_each (text, texts)
		for (const char *at = *text;;) {
			size_t length = strcspn(at, ",");

			if (length > 0)
				strvec_add_n(&platforms, at, length);
			if (!at[length])
				break;
			at += length + 1;
		}
	return strvec_copy(&platforms, arena);
}

/* Of several platforms only images can be made. */
static int check_platforms(const struct build_plan *plan, struct error *err)
{
	if (!plan->platforms[0] || !plan->platforms[1])
		return 0;
	for (size_t i = 0; i < plan->request.output_count; i++)
		if (plan->request.outputs[i].type != BUILD_OUTPUT_IMAGE)
			return error_set(err, ERROR_UNSUPPORTED,
					 "--platform: several platforms have no --output but "
					 "type=image");
	return 0;
}

int build_options_fill(struct build_plan *plan, const struct build_options *options,
		       struct arena *arena, struct error *err)
{
	struct build_request *request = &plan->request;
	auto_strvec struct strvec names = {0};

	*plan = (struct build_plan){
		.request =
			{
				.dockerfile = options->file,
				.stdin_fd = STDIN_FILENO,
				.target = options->target,
				.no_cache = options->no_cache,
				.pulls = options->pull,
				.no_cache_filter = strvec_copy(&options->no_cache_filter, arena),
				.extra_hosts = strvec_copy(&options->hosts, arena),
				.network = options->network,
				.cgroup_parent = options->cgroup_parent,
				.allows_insecure =
					strvec_contains(&options->allow, "security.insecure"),
				.allows_host_network =
					strvec_contains(&options->allow, "network.host"),
			},
		.platforms = split_platforms(&options->platforms, arena),
	};
	strvec_add_all(&names, options->tags.items);
	if (fill_pairs(&request->args, &request->arg_count, &options->args, arena, err) < 0 ||
	    fill_pairs(&request->labels, &request->label_count, &options->labels, arena, err) < 0 ||
	    fill_pairs(&request->named_contexts, &request->named_context_count, &options->contexts,
		       arena, err) < 0 ||
	    check_contexts(request, err) < 0 || fill_sizes(request, options, err) < 0 ||
	    fill_mounts(request, options, arena, err) < 0 ||
	    fill_caches(&request->cache_from, &request->cache_from_count, &options->cache_from,
			false, arena, err) < 0 ||
	    fill_caches(&request->cache_to, &request->cache_to_count, &options->cache_to, true,
			arena, err) < 0 ||
	    fill_outputs(plan, options, &names, arena, err) < 0 || check_platforms(plan, err) < 0)
		return -1;
	request->names = strvec_copy(&names, arena);
	request->platform = plan->platforms[0];
	return 0;
}
