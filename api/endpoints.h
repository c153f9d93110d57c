/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api/endpoints.h - all endpoints by name; each group is a file in api/endpoint/. The table of
 * their paths is in api/routes.c.
 */
#pragma once

struct error;
struct request;

/* Answers (api/answer.h) and returns 0; or -1 with @err when it has not begun to answer. */
typedef int api_endpoint(struct request *request, struct error *err);

/* endpoint/system.c */
api_endpoint endpoint_ping, endpoint_version, endpoint_info;
/* endpoint/containers.c */
api_endpoint endpoint_container_list, endpoint_container_inspect;
/* endpoint/create.c */
api_endpoint endpoint_container_create, endpoint_container_update;
/* endpoint/logs.c, attach.c */
api_endpoint endpoint_container_logs, endpoint_container_attach, endpoint_container_resize;
/* endpoint/usage.c */
api_endpoint endpoint_container_stats, endpoint_container_top;
/* endpoint/metrics.c */
api_endpoint endpoint_metrics;
/* endpoint/exec.c */
api_endpoint endpoint_exec_create, endpoint_exec_start, endpoint_exec_inspect, endpoint_exec_resize;
/* endpoint/lifecycle.c */
api_endpoint endpoint_container_start, endpoint_container_stop, endpoint_container_restart,
	endpoint_container_kill, endpoint_container_pause, endpoint_container_unpause,
	endpoint_container_rename, endpoint_container_remove;
/* endpoint/events.c */
api_endpoint endpoint_events, endpoint_container_wait;
/* endpoint/networks.c */
api_endpoint endpoint_network_list, endpoint_network_inspect, endpoint_network_create,
	endpoint_network_delete, endpoint_network_connect, endpoint_network_disconnect,
	endpoint_network_prune;
/* endpoint/volumes.c */
api_endpoint endpoint_volume_list, endpoint_volume_inspect, endpoint_volume_create,
	endpoint_volume_delete, endpoint_volume_prune;
/* endpoint/images.c */
api_endpoint endpoint_image_list, endpoint_image_inspect, endpoint_image_history,
	endpoint_image_tag, endpoint_image_delete, endpoint_image_prune;
/* endpoint/image_transfer.c */
api_endpoint endpoint_image_create, endpoint_image_push;
/* endpoint/image_archives.c */
api_endpoint endpoint_image_load, endpoint_image_get, endpoint_image_get_all,
	endpoint_image_import; /* of what create has as fromSrc */
/* endpoint/registries.c */
api_endpoint endpoint_auth, endpoint_distribution;
/* endpoint/archive.c */
api_endpoint endpoint_archive_get, endpoint_archive_put, endpoint_container_export,
	endpoint_container_changes;
/* endpoint/commit.c */
api_endpoint endpoint_commit;
/* endpoint/disk.c */
api_endpoint endpoint_disk_usage, endpoint_container_prune, endpoint_build_prune;
/* endpoint/build.c */
api_endpoint endpoint_build;
/* endpoint/absent.c: what there is not, and says so */
api_endpoint endpoint_absent_swarm, endpoint_absent_buildkit, endpoint_absent_plugins,
	endpoint_absent_search;
