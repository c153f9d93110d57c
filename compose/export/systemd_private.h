/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/export/systemd_private.h - what the files that make units share.
 */
#pragma once

#include "compose/export/export_private.h"

struct strbuf;

/* A .container for each replica of @service. */
void systemd_containers(struct export_work *work, const struct service *service);

/* One container, whose file is being written. */
struct systemd_unit {
	struct export_work *work;
	const struct service *service;
	struct strbuf *text;
	const char *name;	  /* of the container */
	int64_t number, replicas; /* from 1 */
};
/* The groups' lines: what its process is and may, its networks, its mounts. */
void systemd_process(const struct systemd_unit *unit);
void systemd_limits(const struct systemd_unit *unit);
void systemd_network(const struct systemd_unit *unit);
void systemd_mounts(const struct systemd_unit *unit);
/* The unit's name without its suffix: "shop-web", with several replicas "shop-web-2". */
const char *systemd_unit_name(struct export_work *work, const struct service *service,
			      int64_t number);
const char *systemd_container_name(struct export_work *work, const struct service *service,
				   int64_t number);
