/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/model/validate_attached.h - what a service is attached to: its ports, networks, other
 * services' namespaces, mounts, secrets and configs. For validate_service only.
 */
#pragma once

struct check;

void validate_attached(struct check *check);
