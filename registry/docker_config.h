/* SPDX-License-Identifier: Apache-2.0 */
/*
 * registry/docker_config.h - door: the file config.json that Docker's client keeps; where it is,
 * and how it is changed without losing what others wrote into it.
 */
#pragma once

#include "base/json.h"
#include "base/strvec.h"

#include <stdbool.h>
#include <sys/types.h>

struct error;

struct docker_config {
	char *path;
	json *document;	 /* NULL: there is no file */
	bool is_callers; /* of the user who called sudo: what it names runs as that user */
	uid_t uid;	 /* of that user */
	gid_t gid;
	char *home;
	int lock_fd; /* while it is being changed, else -1 */
};

#define auto_docker_config __attribute__((cleanup(docker_config_release)))
void docker_config_release(struct docker_config *config);
/* DOCKER_CONFIG/config.json, else $HOME/.docker/config.json. ERROR_INVALID: it is no JSON. */
int docker_config_load(struct docker_config *config, struct error *err);
/* A text in it, malloc'ed; NULL when it is not there, or the file cannot be read: who logs in hears
 * of that. */
char *docker_config_text(const char *name);
/* The variables of "proxies", in capitals and small letters, as "NAME=value". */
void docker_config_proxies(struct strvec *env);
/* Under sudo: the file of the user who called it. document stays NULL otherwise. */
int docker_config_load_callers(struct docker_config *config, struct error *err);
/* As load, but nobody else changes it until the release; document is never NULL. */
int docker_config_edit(struct docker_config *config, struct error *err);
/* Writes what was edited, for the owner only. */
int docker_config_save(struct docker_config *config, struct error *err);
