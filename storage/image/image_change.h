/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/image/image_change.h - door: instructions as in a Dockerfile, applied to the
 * configuration of an image: `commit --change`, `import --change`. Pure.
 */
#pragma once

#include "base/json.h"

struct error;

/* @config is the member "config" of an image's document. One of CMD, ENTRYPOINT, ENV, EXPOSE,
 * HEALTHCHECK, LABEL, ONBUILD, SHELL, STOPSIGNAL, USER, VOLUME and WORKDIR; ERROR_INVALID. */
int image_change_apply(json *config, const char *instruction, struct error *err);
