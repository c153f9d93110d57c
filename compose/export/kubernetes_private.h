/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/export/kubernetes_private.h - what the files that make objects of Kubernetes share.
 */
#pragma once

#include "compose/export/export_private.h"

struct error;

/* What runs a service's pods. */
enum workload {
	WORKLOAD_NONE, /* it is an init container of those that wait for its end */
	WORKLOAD_DEPLOYMENT,
	WORKLOAD_STATEFUL_SET,
	WORKLOAD_DAEMON_SET,
	WORKLOAD_JOB,
};

struct pod {
	struct export_work *work;
	const struct service *service;
	const char *name; /* of the workload */
	enum workload workload;
	struct node *spec, *volumes, *inits;
	struct node *claims; /* volumeClaimTemplates */
};

/* A container of a pod, perhaps not of the pod's own service. */
struct pod_container {
	struct pod *pod;
	const struct service *service;
	struct node *node;
};

/* Labels of ours that say what a compose file has no word for. */
#define LABEL_OURS	    "org.coracle."
#define LABEL_INGRESS_HOST  "org.coracle.ingress.host"
#define LABEL_INGRESS_PATH  "org.coracle.ingress.path"
#define LABEL_INGRESS_PORT  "org.coracle.ingress.port"
#define LABEL_INGRESS_CLASS "org.coracle.ingress.class"
#define LABEL_INGRESS_TLS   "org.coracle.ingress.tls"
#define LABEL_SERVICE_TYPE  "org.coracle.service.type"
#define LABEL_STORAGE_SIZE  "org.coracle.storage.size"
#define LABEL_STORAGE_CLASS "org.coracle.storage.class"
#define LABEL_ACCESS_MODE   "org.coracle.storage.access"

/* The start of a document. Its labels are those of @service, NULL: of the project. */
struct node *kubernetes_object(struct export_work *work, const char *api, const char *kind,
			       const char *name);
void kubernetes_label(struct export_work *work, struct node *labels, const struct service *service);
/* The labels by which a service's pods are found. */
void kubernetes_select(struct export_work *work, struct node *labels,
		       const struct service *service);
/* What a compose file has as labels: labels of @metadata, or where it cannot be one, annotations.
 * Ours are left out. @way is where they stand. */
void kubernetes_add_labels(struct export_work *work, struct node *metadata, char *const *labels,
			   const struct step *way);
void kubernetes_add_annotations(struct export_work *work, struct node *metadata,
				char *const *annotations, const struct step *way);
/* A whole document, behind the line that ends the one before it. */
void kubernetes_print(struct strbuf *out, struct node *object);

/* The name of a service's objects. */
const char *kubernetes_name(struct export_work *work, const struct service *service);
enum workload kubernetes_workload(const struct export_work *work, const struct service *service);
/* Does anybody wait for its end? */
bool kubernetes_is_awaited(const struct project *project, const char *service);
/* "NAME=VALUE" as the kubelet reads it: $(…) is no variable. */
const char *kubernetes_text(struct export_work *work, const char *text);

/* A pod as the template of @object's spec. */
int kubernetes_pod(struct pod *pod, struct node *template, struct error *err);
/* A container of @service in @list. */
int kubernetes_container(struct pod *pod, const struct service *service, struct node *list,
			 struct error *err);
/* Those that run before: what waits for dependencies, what must have ended, pre_start. */
int kubernetes_inits(struct pod *pod, struct error *err);
void kubernetes_pod_security(struct pod *pod);
void kubernetes_security(struct pod_container *container);
void kubernetes_hook_security(struct export_work *work, struct node *node, const char *user,
			      bool is_privileged, const struct step *way);
void kubernetes_resources(struct pod_container *container);
void kubernetes_probes(struct pod_container *container);
/* Where pods may run. */
void kubernetes_placement(struct pod *pod);
int kubernetes_mounts(struct pod_container *container, struct error *err);

/* Its Services and Ingress, if it has any. */
void kubernetes_services(struct export_work *work, const struct service *service,
			 struct strbuf *out);
/* The first port by which a service can be asked whether it is there; 0: none. */
int kubernetes_probe_port(const struct service *service);
/* Its ports as containers say them. */
void kubernetes_container_ports(struct pod_container *container);

/* ConfigMaps: made at the first call for @id, printed by kubernetes_print_maps. */
struct config_map {
	const char *name;
	struct node *object;
	size_t size;
};
struct config_map *kubernetes_config_map(struct export_work *work, const char *id,
					 const char *wish);
/* A key with a content, which may be binary. */
void kubernetes_map_add(struct export_work *work, struct config_map *map, const char *key,
			const struct strbuf *content);
void kubernetes_print_maps(struct export_work *work);
/* A text that counts on the name server of Docker's networks is told of. */
void kubernetes_note_resolver(struct export_work *work, const struct step *way, const char *text);
#define CONFIG_MAP_MOST ((size_t)900 << 10) /* the API takes 1 MiB with all around it */
/* A file or folder of the project as a ConfigMap: 1, with a volume's `items` in @items (NULL: it is
 * one file, with the key @key). 0: it is none, too large, or of too many files. */
struct config_files {
	struct config_map *map;
	struct node *items;
	const char *key;
};
int kubernetes_map_files(struct export_work *work, const char *path, struct config_files *files,
			 struct error *err);
/* A key of a ConfigMap. */
const char *kubernetes_map_key(struct export_work *work, const char *text);

/* The ConfigMap or Secret of an attribute of `configs` or `secrets`. */
const char *kubernetes_secret(struct export_work *work, const struct project_file *file);
int kubernetes_config(struct export_work *work, const struct project_file *file, const char **name,
		      struct error *err);
int kubernetes_print_secrets(struct export_work *work, struct error *err);

/* Is the volume one service's own, which writes into it? Then each of its pods gets one. */
bool kubernetes_is_own_volume(const struct export_work *work, const struct project_volume *volume);
const char *kubernetes_claim(struct export_work *work, const struct project_volume *volume);
/* The claim's spec. */
void kubernetes_claim_spec(struct export_work *work, struct node *spec,
			   const struct project_volume *volume, bool is_shared);
void kubernetes_print_claims(struct export_work *work);
/* May a variable of a container, or a key of envFrom, be called so? */
bool kubernetes_is_variable(const char *name);
#define KUBERNETES_NO_VARIABLE                                                                     \
	"a variable there has letters, digits, '_', '-' and '.' in its name, and no digit first"
