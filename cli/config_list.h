/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/config_list.h - the lists that `config` prints instead of the model: --services, --images, …
 */
#pragma once

struct error;
struct project;
struct strbuf;
struct strvec;

/* Those without options of their own, in the order in which they win. */
enum config_list {
	CONFIG_LIST_NONE,
	CONFIG_LIST_SERVICES,
	CONFIG_LIST_VOLUMES,
	CONFIG_LIST_NETWORKS,
	CONFIG_LIST_MODELS,
	CONFIG_LIST_IMAGES,
	CONFIG_LIST_PROFILES,
	CONFIG_LIST_ENVIRONMENT,
};

void config_list_add(struct strbuf *out, const struct project *project, enum config_list list);
/* "a,b" */
void config_list_split(struct strvec *names, const char *text);
/* "NAME HASH" lines; @wanted: names with commas, or "*". */
int config_list_hashes(struct strbuf *out, const struct project *project, const char *wanted,
		       struct error *err);
/* @format: "json", "yaml", or NULL for a table. */
void config_list_variables(struct strbuf *out, const struct project *project, const char *format);
