/* SPDX-License-Identifier: Apache-2.0 */
/* What runs and what it finds: entrypoint, environment, user, labels, how it is stopped. */
#include "cli/request/request_private.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "base/strbuf.h"
#include "compose/model/dotenv.h"
#include "engine/logs/logfile.h"
#include "registry/docker_config.h"

#include <fcntl.h>
#include <stdlib.h>

struct lines {
	struct strvec *out;
	bool is_environment;
};

static const char *look_up(void *data, const char *name)
{
	const struct lines *lines = data;

	return lines->is_environment ? getenv(name) : "";
}

static void take_line(void *data, const char *name, const char *value)
{
	const struct lines *lines = data;

	if (value)
		strvec_addf(lines->out, "%s=%s", name, value);
}

static int read_files(struct lines *lines, const struct strvec *files, struct error *err)
{
	struct dotenv dotenv = {look_up, take_line, lines};

	strvec_each (file, files) {
		auto_strbuf struct strbuf text = {0};

		if (file_read(AT_FDCWD, *file, DOTENV_SIZE_LIMIT, &text, err) < 0 ||
		    dotenv_parse_raw(&dotenv, strbuf_text(&text), text.length, *file, err) < 0)
			return -1;
	}
	return 0;
}

int request_env_files(struct strvec *env, const struct strvec *files, struct error *err)
{
	struct lines lines = {env, true};

	if (read_files(&lines, files, err) < 0)
		return error_state(err, FACT_OF_CLIENT, NULL, NULL);
	return 0;
}

/* A name alone is our value of it; where we have none, the image's goes. */
static int set_env(struct request *request, struct error *err)
{
	const struct request_options *options = request->options;
	auto_strvec struct strvec env = {0};

	docker_config_proxies(&env);
	if (request_env_files(&env, &options->env_files, err) < 0)
		return error_wrap(err, "--env-file");
	strvec_each (item, &options->env) {
		const char *ours = strchr(*item, '=') ? NULL : getenv(*item);

		if (!**item || **item == '=')
			return error_set(err, ERROR_INVALID, "invalid environment variable: %s",
					 *item);
		if (ours)
			strvec_addf(&env, "%s=%s", *item, ours);
		else
			strvec_add(&env, *item);
	}
	request->config->env = strvec_copy(&env, request->arena);
	return 0;
}

static int check_label(const char *label, struct error *err)
{
	const char *name = label + strspn(label, " \t");
	size_t length = strcspn(name, "=");

	if (!length)
		return error_set(err, ERROR_INVALID, "invalid label '%s': empty name", label);
	if (strcspn(name, " \t") < length)
		return error_set(err, ERROR_INVALID, "label '%.*s' contains whitespaces",
				 (int)length, name);
	return 0;
}

static int set_labels(struct request *request, struct error *err)
{
	struct container_config *config = request->config;
	auto_strvec struct strvec labels = {0};
	struct lines lines = {&labels, false};

	if (read_files(&lines, &request->options->label_files, err) < 0)
		return error_wrap(err, "--label-file");
	strvec_each (label, &request->options->labels) {
		if (check_label(*label, err) < 0)
			return -1;
		strvec_add(&labels, *label);
	}
	pair_set_entries(&config->labels, &config->label_count,
			 strvec_copy(&labels, request->arena), request->arena);
	pair_set_entries(&config->annotations, &config->annotation_count,
			 strvec_copy(&request->options->annotations, request->arena),
			 request->arena);
	return 0;
}

/* An empty one takes the image's away. */
static void set_entrypoint(struct request *request)
{
	const char *text = request->options->entrypoint;
	auto_strvec struct strvec words = {0};

	if (!text)
		return;
	if (*text)
		strvec_add(&words, text);
	request->config->entrypoint = strvec_copy(&words, request->arena);
}

static int set_restart(struct request *request, struct error *err)
{
	struct container_config *config = request->config;
	const char *text = request->options->restart;

	config->auto_remove = request->options->remove;
	if (text && *text && container_restart_parse(&config->restart, text, err) < 0)
		return -1;
	if (config->auto_remove && config->restart.condition != RESTART_NO)
		return error_set(err, ERROR_INVALID,
				 "conflicting options: cannot specify both --restart and --rm");
	return 0;
}

static int set_ulimits(struct request *request, struct error *err)
{
	struct container_config *config = request->config;
	const struct strvec *texts = &request->options->ulimits;

	config->ulimits = arena_array(request->arena, texts->count + 1, sizeof(*config->ulimits));
	strvec_each (text, texts)
		if (spec_rlimit_parse(&config->ulimits[config->ulimit_count++], *text, err) < 0)
			return -1;
	return 0;
}

static int set_sysctls(struct request *request, struct error *err)
{
	struct container_config *config = request->config;
	const struct strvec *entries = &request->options->sysctls;

	strvec_each (entry, entries)
		if (!strchr(*entry, '=') || **entry == '=')
			return error_set(err, ERROR_INVALID, "sysctl '%s' is not allowed", *entry);
	pair_set_entries(&config->sysctls, &config->sysctl_count,
			 strvec_copy(entries, request->arena), request->arena);
	return 0;
}

static int set_log(struct request *request, struct error *err)
{
	const struct request_options *options = request->options;
	struct container_config *config = request->config;

	if (options->log_driver && *options->log_driver) {
		config->log_driver = log_options_driver(options->log_driver);
		if (!config->log_driver)
			return error_set(err, ERROR_UNSUPPORTED,
					 "logger: no log driver named '%s' is registered: use "
					 "json-file, local, syslog, journald or none",
					 options->log_driver);
		if (strcmp(config->log_driver, "none") == 0 && options->log_options.count)
			return error_set(err, ERROR_INVALID,
					 "invalid logging opts for driver none");
	}
	pair_set_entries(&config->log_options, &config->log_option_count,
			 strvec_copy(&options->log_options, request->arena), request->arena);
	return 0;
}

int request_fill_process(struct request *request, struct error *err)
{
	const struct request_options *options = request->options;
	struct container_config *config = request->config;

	config->name = options->name;
	config->platform =
		options->platform ? options->platform : getenv("DOCKER_DEFAULT_PLATFORM");
	config->user = options->user;
	config->working_dir = options->working_dir;
	config->hostname = options->hostname;
	config->domainname = options->domainname;
	config->stop_signal = options->stop_signal;
	config->stop_timeout_ns = options->stop_timeout_ns;
	config->tty = options->tty;
	config->stdin_open = options->interactive;
	config->use_init = options->init;
	config->read_only = options->read_only;
	config->group_add = strvec_copy(&options->group_add, request->arena);
	set_entrypoint(request);
	return set_env(request, err) < 0 || set_labels(request, err) < 0 ||
			       set_restart(request, err) < 0 || set_ulimits(request, err) < 0 ||
			       set_sysctls(request, err) < 0 || set_log(request, err) < 0
		       ? -1
		       : 0;
}
