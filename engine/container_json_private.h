/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine/container_json_private.h - what the tables of container.json and state.json share.
 */
#pragma once

#include "base/record.h"

/* Names and values. */
extern const struct field container_json_pair_fields[];

bool container_json_is_address(const char *text);
bool container_json_is_interface(const char *text);
bool container_json_is_mac(const char *text);
/* "tcp", "udp", "sctp" */
bool container_json_is_protocol(const char *text);

int container_json_save_record(int dirfd, const char *path, const struct field *fields,
			       const void *record, struct error *err);
