/* SPDX-License-Identifier: Apache-2.0 */
#include "compose/export/carried.h"

#include "base/cleanup.h"
#include "base/strbuf.h"
#include "compose/export/export_private.h"

#include <string.h>

/* A row is a line. */
/* clang-format off */
#define AS(text)   {CARRIED_AS, text}
#define LOST(text) {CARRIED_NOWHERE, text}
#define NONE(text) {CARRIED_NOTHING, text}
#define ROW(path, ...) {path, {__VA_ARGS__}}
#define SERVICE(key, ...) ROW("services.*." key, __VA_ARGS__)

#define OF_CGROUPS    LOST("Kubernetes leaves it to the node's kubelet")
#define BUILT_BEFORE  NONE("an image is built before: 'coracle build', 'coracle push'")
#define ONE_HOST      NONE("systemd runs one host")
#define ADDRESSES     LOST("pods and Services get their addresses from the cluster")
#define UNIT_OF_ALL   NONE("systemd replaces one unit at a time: 'systemctl restart'")
#define STORE_OF_HOST LOST("a driver of its own is not known there: make the object by hand")

/* The path, and what becomes of it: in Kubernetes, in Quadlet files. */
const struct carried export_rows[] = {
	ROW("name", AS("the label app.kubernetes.io/part-of"), AS("what names begin with")),
	ROW("services.*", AS("Deployment, StatefulSet, DaemonSet or Job, and Service"), AS("NAME.container")),
	SERVICE("annotations", AS("annotations of the pods"), AS("Annotation=")),
	SERVICE("attach", NONE("it is about who sees the output of 'up'"), NONE("it is about who sees the output of 'up'")),
	SERVICE("blkio_config.**", OF_CGROUPS, AS("PodmanArgs=--blkio-weight, --device-read-bps, …")),
	SERVICE("build.**", BUILT_BEFORE, BUILT_BEFORE),
	SERVICE("cap_add", AS("securityContext.capabilities.add"), AS("AddCapability=")),
	SERVICE("cap_drop", AS("securityContext.capabilities.drop"), AS("DropCapability=")),
	SERVICE("cgroup", OF_CGROUPS, AS("PodmanArgs=--cgroupns")),
	SERVICE("cgroup_parent", OF_CGROUPS, AS("PodmanArgs=--cgroup-parent")),
	SERVICE("command", AS("args"), AS("Exec=")),
	SERVICE("configs[]", AS("a volume of a ConfigMap"), AS("Volume=")),
	SERVICE("configs[].source", AS("the ConfigMap"), AS("Volume=")),
	SERVICE("configs[].target", AS("mountPath"), AS("Volume=")),
	SERVICE("configs[].uid", LOST("the files of a ConfigMap are root's; the pod's fsGroup may read them"), LOST("the file is mounted as it is: change its owner")),
	SERVICE("configs[].gid", LOST("the files of a ConfigMap are root's; the pod's fsGroup may read them"), LOST("the file is mounted as it is: change its owner")),
	SERVICE("configs[].mode", AS("items[].mode"), LOST("the file is mounted as it is: change its mode")),
	SERVICE("container_name", LOST("pods get names of their own; the Service has the service's name"), AS("ContainerName=")),
	SERVICE("cpu_count", LOST("exists on Windows only"), LOST("exists on Windows only")),
	SERVICE("cpu_percent", LOST("exists on Windows only"), LOST("exists on Windows only")),
	SERVICE("cpu_period", AS("with cpu_quota limits.cpu"), AS("PodmanArgs=--cpu-period")),
	SERVICE("cpu_quota", AS("limits.cpu"), AS("PodmanArgs=--cpu-quota")),
	SERVICE("cpu_rt_period", OF_CGROUPS, LOST("exists in cgroup v1 only")),
	SERVICE("cpu_rt_runtime", OF_CGROUPS, LOST("exists in cgroup v1 only")),
	SERVICE("cpu_shares", AS("requests.cpu"), AS("PodmanArgs=--cpu-shares")),
	SERVICE("cpus", AS("limits.cpu"), AS("PodmanArgs=--cpus")),
	SERVICE("cpuset", OF_CGROUPS, AS("PodmanArgs=--cpuset-cpus")),
	SERVICE("credential_spec.**", LOST("exists on Windows only"), LOST("exists on Windows only")),
	SERVICE("depends_on.*", AS("an init container that waits"), AS("After=, Requires=")),
	SERVICE("depends_on.*.condition", AS("what is waited for; what must be completed is an init container"), AS("Notify=healthy or Type=oneshot of the other")),
	SERVICE("depends_on.*.restart", LOST("pods are not restarted with what they depend on"), AS("PartOf=")),
	SERVICE("depends_on.*.required", NONE("what is not in the project is not waited for"), AS("Wants= instead of Requires=")),
	SERVICE("deploy", AS("see its members"), AS("see its members")),
	SERVICE("deploy.endpoint_mode", AS("dnsrr: clusterIP: None"), NONE("names always resolve to all containers")),
	SERVICE("deploy.labels", AS("labels or annotations of the workload"), NONE("labels of the service, not of its containers")),
	SERVICE("deploy.mode", AS("global: DaemonSet; …-job: Job"), ONE_HOST),
	SERVICE("deploy.placement", AS("see its members"), ONE_HOST),
	SERVICE("deploy.placement.constraints", AS("nodeSelector, where they are equations of labels or of the host's name"), ONE_HOST),
	SERVICE("deploy.placement.max_replicas_per_node", AS("1: podAntiAffinity"), ONE_HOST),
	SERVICE("deploy.placement.preferences[]", AS("topologySpreadConstraints"), ONE_HOST),
	SERVICE("deploy.placement.preferences[].spread", AS("topologyKey, of node.labels.…"), ONE_HOST),
	SERVICE("deploy.replicas", AS("replicas"), AS("a file for each")),
	SERVICE("deploy.resources", AS("resources"), AS("see its members")),
	SERVICE("deploy.resources.limits", AS("resources.limits"), AS("see its members")),
	SERVICE("deploy.resources.limits.cpus", AS("limits.cpu"), AS("PodmanArgs=--cpus")),
	SERVICE("deploy.resources.limits.memory", AS("limits.memory"), AS("PodmanArgs=--memory")),
	SERVICE("deploy.resources.limits.pids", OF_CGROUPS, AS("PidsLimit=")),
	SERVICE("deploy.resources.reservations", AS("resources.requests"), AS("see its members")),
	SERVICE("deploy.resources.reservations.cpus", AS("requests.cpu"), LOST("CPUs are not reserved on a single host")),
	SERVICE("deploy.resources.reservations.devices[].**", AS("limits.nvidia.com/gpu (or amd.com/gpu, gpu.intel.com/i915)"), LOST("name the device files in 'devices'")),
	SERVICE("deploy.resources.reservations.generic_resources[].**", LOST("Kubernetes counts resources that a device plugin announces: name that in resources.limits"), ONE_HOST),
	SERVICE("deploy.resources.reservations.memory", AS("requests.memory"), AS("PodmanArgs=--memory-reservation")),
	SERVICE("deploy.restart_policy", AS("see its members"), AS("see its members")),
	SERVICE("deploy.restart_policy.condition", AS("as restart"), AS("Restart=")),
	SERVICE("deploy.restart_policy.delay", LOST("Kubernetes waits 10 s after the first failure, and twice as long after each"), AS("RestartSec=")),
	SERVICE("deploy.restart_policy.max_attempts", AS("backoffLimit of a Job"), AS("StartLimitBurst=")),
	SERVICE("deploy.restart_policy.window", LOST("Kubernetes forgets failures after ten minutes without one"), AS("StartLimitIntervalSec=")),
	SERVICE("deploy.rollback_config.**", LOST("'kubectl rollout undo' goes back as an update goes on"), UNIT_OF_ALL),
	SERVICE("deploy.update_config", AS("the strategy of the update"), UNIT_OF_ALL),
	SERVICE("deploy.update_config.delay", AS("minReadySeconds"), UNIT_OF_ALL),
	SERVICE("deploy.update_config.failure_action", LOST("an update that fails stands still: 'kubectl rollout undo'"), UNIT_OF_ALL),
	SERVICE("deploy.update_config.max_failure_ratio", LOST("an update stands still at the first failure"), UNIT_OF_ALL),
	SERVICE("deploy.update_config.monitor", AS("minReadySeconds"), UNIT_OF_ALL),
	SERVICE("deploy.update_config.order", AS("maxSurge and maxUnavailable"), UNIT_OF_ALL),
	SERVICE("deploy.update_config.parallelism", AS("maxSurge or maxUnavailable"), UNIT_OF_ALL),
	SERVICE("develop.**", NONE("it is about changed files of this machine"), NONE("it is about changed files of this machine")),
	SERVICE("device_cgroup_rules", LOST("devices come to pods by a device plugin"), AS("PodmanArgs=--device-cgroup-rule")),
	SERVICE("devices[].**", LOST("devices come to pods by a device plugin, or all of them by 'privileged'"), AS("AddDevice=")),
	SERVICE("dns", AS("dnsConfig.nameservers"), AS("DNS=")),
	SERVICE("dns_opt", AS("dnsConfig.options"), AS("DNSOption=")),
	SERVICE("dns_search", AS("dnsConfig.searches"), AS("DNSSearch=")),
	SERVICE("domainname", LOST("a pod's domain is its namespace's"), AS("HostName=, behind the host's name")),
	SERVICE("entrypoint", AS("command"), AS("Entrypoint=")),
	SERVICE("env_file[]", AS("a ConfigMap, with all of environment"), AS("Environment=")),
	SERVICE("env_file[].path", AS("it is read now"), AS("it is read now")),
	SERVICE("env_file[].required", AS("it is read now"), AS("it is read now")),
	SERVICE("env_file[].format", AS("it is read now"), AS("it is read now")),
	SERVICE("environment", AS("env"), AS("Environment=")),
	SERVICE("expose", AS("containerPort, and a port of the Service"), NONE("containers of a network reach all ports of each other")),
	SERVICE("extends", NONE("it is resolved"), NONE("it is resolved")),
	SERVICE("external_links", LOST("what is outside of the project is reached by its Service's name"), LOST("join the network of what is outside of the project")),
	SERVICE("extra_hosts", AS("hostAliases"), AS("AddHost=")),
	SERVICE("gpus[].**", AS("limits.nvidia.com/gpu (or amd.com/gpu, gpu.intel.com/i915)"), LOST("name the device files in 'devices'")),
	SERVICE("group_add", AS("securityContext.supplementalGroups, numbers only"), AS("GroupAdd=")),
	SERVICE("healthcheck", AS("readinessProbe; livenessProbe and startupProbe of what is restarted"), AS("HealthCmd=")),
	SERVICE("healthcheck.disable", AS("no probe"), AS("HealthCmd=none")),
	SERVICE("healthcheck.interval", AS("periodSeconds"), AS("HealthInterval=")),
	SERVICE("healthcheck.retries", AS("failureThreshold"), AS("HealthRetries=")),
	SERVICE("healthcheck.start_interval", AS("periodSeconds of the startupProbe"), LOST("Podman probes as often at the start as afterwards")),
	SERVICE("healthcheck.start_period", AS("how long the startupProbe may fail"), AS("HealthStartPeriod=")),
	SERVICE("healthcheck.test", AS("exec.command"), AS("HealthCmd=")),
	SERVICE("healthcheck.timeout", AS("timeoutSeconds"), AS("HealthTimeout=")),
	SERVICE("hostname", AS("hostname of the pod"), AS("HostName=")),
	SERVICE("image", AS("image"), AS("Image=")),
	SERVICE("init", LOST("a pod's own reaper comes with shareProcessNamespace, or put one into the image"), AS("RunInit=")),
	SERVICE("ipc", AS("host: hostIPC"), AS("PodmanArgs=--ipc")),
	SERVICE("isolation", NONE("there is one kind on Linux"), NONE("there is one kind on Linux")),
	SERVICE("label_file", AS("it is read now: as labels"), AS("it is read now: as labels")),
	SERVICE("labels", AS("labels of the pods, those that cannot be: annotations; org.coracle.…: see the manual"), AS("Label=")),
	SERVICE("links", AS("a Service of that name"), AS("NetworkAlias= of the other")),
	SERVICE("logging", LOST("a node's runtime keeps the output: 'kubectl logs'"), AS("see its members")),
	SERVICE("logging.driver", NONE("as logging"), AS("LogDriver=")),
	SERVICE("logging.options", NONE("as logging"), AS("LogOpt=")),
	SERVICE("mac_address", ADDRESSES, AS("PodmanArgs=--mac-address")),
	SERVICE("mem_limit", AS("limits.memory"), AS("PodmanArgs=--memory")),
	SERVICE("mem_reservation", AS("requests.memory"), AS("PodmanArgs=--memory-reservation")),
	SERVICE("mem_swappiness", OF_CGROUPS, LOST("exists in cgroup v1 only")),
	SERVICE("memswap_limit", OF_CGROUPS, AS("PodmanArgs=--memory-swap")),
	SERVICE("models", LOST("needs Docker's model runner; run the model server as a service"), LOST("needs Docker's model runner; run the model server as a service")),
	SERVICE("network_mode", AS("host: hostNetwork"), AS("Network=")),
	SERVICE("networks.*", NONE("every pod reaches every Service"), AS("Network=")),
	SERVICE("networks.*.aliases", AS("a Service of that name"), AS("NetworkAlias=")),
	SERVICE("networks.*.driver_opts", ADDRESSES, LOST("Podman's networks have options of their own")),
	SERVICE("networks.*.gw_priority", ADDRESSES, LOST("Podman takes the first network's way out")),
	SERVICE("networks.*.interface_name", ADDRESSES, AS("Network=…:interface_name=")),
	SERVICE("networks.*.ipv4_address", ADDRESSES, AS("Network=…:ip=")),
	SERVICE("networks.*.ipv6_address", ADDRESSES, AS("Network=…:ip=")),
	SERVICE("networks.*.link_local_ips", ADDRESSES, LOST("Podman gives one address of each kind")),
	SERVICE("networks.*.mac_address", ADDRESSES, AS("Network=…:mac=")),
	SERVICE("networks.*.priority", NONE("a pod has one interface"), AS("the order of Network=")),
	SERVICE("oom_kill_disable", OF_CGROUPS, LOST("exists in cgroup v1 only")),
	SERVICE("oom_score_adj", LOST("the kubelet sets it by the class of the pod: requests equal to limits keep it longest"), AS("PodmanArgs=--oom-score-adj")),
	SERVICE("pid", AS("host: hostPID"), AS("PodmanArgs=--pid")),
	SERVICE("pids_limit", OF_CGROUPS, AS("PidsLimit=")),
	SERVICE("platform", AS("nodeSelector kubernetes.io/os and kubernetes.io/arch"), AS("PodmanArgs=--platform")),
	SERVICE("ports[]", AS("containerPort, and a port of the Service"), AS("PublishPort=")),
	SERVICE("ports[].name", AS("the port's name"), NONE("informative")),
	SERVICE("ports[].mode", NONE("a Service balances"), NONE("both are the same on one host")),
	SERVICE("ports[].host_ip", NONE("see published"), AS("PublishPort=")),
	SERVICE("ports[].target", AS("containerPort, targetPort, and port"), AS("PublishPort=")),
	SERVICE("ports[].published", AS("port of a Service NAME-public where org.coracle.service.type is LoadBalancer or NodePort"), AS("PublishPort=")),
	SERVICE("ports[].protocol", AS("protocol"), AS("PublishPort=")),
	SERVICE("ports[].app_protocol", AS("appProtocol"), NONE("informative")),
	SERVICE("post_start[]", AS("lifecycle.postStart"), AS("ExecStartPost=")),
	SERVICE("post_start[].command", AS("exec.command"), AS("ExecStartPost=")),
	SERVICE("post_start[].environment", LOST("a hook has the environment of its container"), AS("podman exec --env")),
	SERVICE("post_start[].privileged", LOST("a hook has the rights of its container"), AS("podman exec --privileged")),
	SERVICE("post_start[].user", LOST("a hook runs as its container does"), AS("podman exec --user")),
	SERVICE("post_start[].working_dir", LOST("a hook runs where its container does"), AS("podman exec --workdir")),
	SERVICE("pre_start[]", AS("an init container"), LOST("write a .container of Type=oneshot, and After= and Requires= to it")),
	SERVICE("pre_start[].command", AS("args of the init container"), NONE("as pre_start")),
	SERVICE("pre_start[].environment", AS("env of the init container"), NONE("as pre_start")),
	SERVICE("pre_start[].image", AS("image of the init container"), NONE("as pre_start")),
	SERVICE("pre_start[].per_replica", NONE("an init container runs before each pod"), NONE("as pre_start")),
	SERVICE("pre_start[].privileged", AS("securityContext of the init container"), NONE("as pre_start")),
	SERVICE("pre_start[].user", AS("securityContext of the init container"), NONE("as pre_start")),
	SERVICE("pre_start[].working_dir", AS("workingDir of the init container"), NONE("as pre_start")),
	SERVICE("pre_stop[]", AS("lifecycle.preStop"), AS("ExecStop=")),
	SERVICE("pre_stop[].command", AS("exec.command"), AS("ExecStop=")),
	SERVICE("pre_stop[].environment", LOST("a hook has the environment of its container"), AS("podman exec --env")),
	SERVICE("pre_stop[].privileged", LOST("a hook has the rights of its container"), AS("podman exec --privileged")),
	SERVICE("pre_stop[].user", LOST("a hook runs as its container does"), AS("podman exec --user")),
	SERVICE("pre_stop[].working_dir", LOST("a hook runs where its container does"), AS("podman exec --workdir")),
	SERVICE("privileged", AS("securityContext.privileged"), AS("PodmanArgs=--privileged")),
	SERVICE("profiles", NONE("services of profiles that are on are there"), NONE("services of profiles that are on are there")),
	SERVICE("provider.**", LOST("another program provides it: make it known to the cluster by hand"), LOST("another program provides it: call that in a unit of its own")),
	SERVICE("pull_policy", AS("imagePullPolicy"), AS("PodmanArgs=--pull")),
	SERVICE("pull_refresh_after", NONE("use pull_policy"), NONE("use pull_policy")),
	SERVICE("read_only", AS("securityContext.readOnlyRootFilesystem"), AS("ReadOnly=")),
	SERVICE("restart", AS("restartPolicy of a Job; other pods are always restarted"), AS("Restart=")),
	SERVICE("runtime", NONE("it names this runtime"), NONE("it names this runtime")),
	SERVICE("scale", AS("replicas"), AS("a file for each")),
	SERVICE("secrets[]", AS("a volume of a Secret"), AS("Volume=")),
	SERVICE("secrets[].source", AS("the Secret"), AS("Volume=")),
	SERVICE("secrets[].target", AS("mountPath"), AS("Volume=")),
	SERVICE("secrets[].uid", LOST("the files of a Secret are root's; the pod's fsGroup may read them"), LOST("the file is mounted as it is: change its owner")),
	SERVICE("secrets[].gid", LOST("the files of a Secret are root's; the pod's fsGroup may read them"), LOST("the file is mounted as it is: change its owner")),
	SERVICE("secrets[].mode", AS("items[].mode"), LOST("the file is mounted as it is: change its mode")),
	SERVICE("security_opt", AS("allowPrivilegeEscalation, seccompProfile, appArmorProfile, seLinuxOptions"), AS("NoNewPrivileges=, PodmanArgs=--security-opt")),
	SERVICE("shm_size", AS("an emptyDir of medium Memory at /dev/shm"), AS("PodmanArgs=--shm-size")),
	SERVICE("stdin_open", AS("stdin"), AS("PodmanArgs=--interactive")),
	SERVICE("stop_grace_period", AS("terminationGracePeriodSeconds"), AS("PodmanArgs=--stop-timeout, TimeoutStopSec=")),
	SERVICE("stop_signal", LOST("a node's runtime sends what the image says: set STOPSIGNAL there"), AS("PodmanArgs=--stop-signal")),
	SERVICE("storage_opt", LOST("resources.limits has ephemeral-storage"), LOST("Podman takes a size where its storage has quotas")),
	SERVICE("sysctls", AS("securityContext.sysctls of the pod"), AS("Sysctl=")),
	SERVICE("tmpfs", AS("an emptyDir of medium Memory"), AS("Tmpfs=")),
	SERVICE("tty", AS("tty"), AS("PodmanArgs=--tty")),
	SERVICE("ulimits.*", LOST("pods have the limits of the node's runtime"), AS("PodmanArgs=--ulimit")),
	SERVICE("ulimits.*.hard", NONE("as ulimits"), AS("PodmanArgs=--ulimit")),
	SERVICE("ulimits.*.soft", NONE("as ulimits"), AS("PodmanArgs=--ulimit")),
	SERVICE("use_api_socket", LOST("there is no Docker API in a pod"), LOST("mount Podman's socket by hand")),
	SERVICE("user", AS("runAsUser and runAsGroup, numbers only"), AS("User=")),
	SERVICE("userns_mode", NONE("it is the host's by default"), NONE("it is the host's by default")),
	SERVICE("uts", LOST("a pod has its own, or with network_mode: host the node's"), AS("PodmanArgs=--uts")),
	SERVICE("volumes[]", AS("volumes and volumeMounts"), AS("Volume=")),
	SERVICE("volumes[].type", AS("PersistentVolumeClaim, ConfigMap or hostPath, emptyDir"), AS("Volume=, Tmpfs=, Mount=")),
	SERVICE("volumes[].source", AS("the claim, the ConfigMap's content, or the node's path"), AS("Volume=")),
	SERVICE("volumes[].target", AS("mountPath"), AS("Volume=")),
	SERVICE("volumes[].read_only", AS("readOnly"), AS("Volume=…:ro")),
	SERVICE("volumes[].consistency", NONE("mounts are always consistent on Linux"), NONE("mounts are always consistent on Linux")),
	SERVICE("volumes[].bind", AS("see its members"), AS("see its members")),
	SERVICE("volumes[].bind.create_host_path", NONE("what is not there is for the node to say"), LOST("Podman does not make what is not there: make it before")),
	SERVICE("volumes[].bind.propagation", AS("mountPropagation: shared is Bidirectional, slave HostToContainer"), AS("Volume=…:rshared")),
	SERVICE("volumes[].bind.recursive", LOST("mounts below it come along, writable ones too"), LOST("mounts below it come along, writable ones too")),
	SERVICE("volumes[].bind.selinux", NONE("the kubelet relabels"), AS("Volume=…:z")),
	SERVICE("volumes[].volume", AS("see its members"), AS("see its members")),
	SERVICE("volumes[].volume.labels", LOST("labels are those of the project's volume"), LOST("labels are those of the project's volume")),
	SERVICE("volumes[].volume.nocopy", NONE("nothing is ever copied from the image"), AS("Volume=…:nocopy")),
	SERVICE("volumes[].volume.subpath", AS("subPath"), AS("Mount=…,subpath=")),
	SERVICE("volumes[].tmpfs", AS("see its members"), AS("see its members")),
	SERVICE("volumes[].tmpfs.size", AS("sizeLimit"), AS("Tmpfs=…:size=")),
	SERVICE("volumes[].tmpfs.mode", LOST("an emptyDir is 0777"), AS("Tmpfs=…:mode=")),
	SERVICE("volumes[].image", AS("see its members"), AS("see its members")),
	SERVICE("volumes[].image.subpath", AS("subPath"), AS("Mount=…,subpath=")),
	SERVICE("volumes_from", LOST("name the volumes of the other service in 'volumes'"), LOST("name the volumes of the other service in 'volumes'")),
	SERVICE("working_dir", AS("workingDir"), AS("WorkingDir=")),

	ROW("networks.*", NONE("there is one network; what separates networks is a NetworkPolicy"), AS("NAME.network")),
	ROW("networks.*.attachable", NONE("there is one network"), NONE("every container can be attached")),
	ROW("networks.*.driver", LOST("the cluster has one network: what separates its pods is a NetworkPolicy"), AS("Driver=")),
	ROW("networks.*.driver_opts", LOST("the cluster has one network"), AS("Options=")),
	ROW("networks.*.enable_ipv4", LOST("the cluster's network decides: see ipFamilies of a Service"), LOST("Podman's networks have IPv4")),
	ROW("networks.*.enable_ipv6", LOST("the cluster's network decides: see ipFamilies of a Service"), AS("IPv6=")),
	ROW("networks.*.external", NONE("there is one network"), AS("Network=NAME, which must be there")),
	ROW("networks.*.internal", LOST("pods reach the outside: write a NetworkPolicy without egress"), AS("Internal=")),
	ROW("networks.*.ipam", AS("see its members"), AS("see its members")),
	ROW("networks.*.ipam.config[]", ADDRESSES, AS("see its members")),
	ROW("networks.*.ipam.config[].aux_addresses", NONE("as ipam.config"), LOST("Podman keeps no addresses free: narrow ip_range")),
	ROW("networks.*.ipam.config[].gateway", NONE("as ipam.config"), AS("Gateway=")),
	ROW("networks.*.ipam.config[].ip_range", NONE("as ipam.config"), AS("IPRange=")),
	ROW("networks.*.ipam.config[].subnet", NONE("as ipam.config"), AS("Subnet=")),
	ROW("networks.*.ipam.driver", NONE("as ipam.config"), NONE("addresses are given out by Podman itself")),
	ROW("networks.*.ipam.options", NONE("as ipam.config"), NONE("the default driver has none")),
	ROW("networks.*.labels", NONE("there is one network"), AS("Label=")),
	ROW("networks.*.name", NONE("there is one network"), AS("NetworkName=")),

	ROW("volumes.*", AS("PersistentVolumeClaim, or a template of a StatefulSet"), AS("NAME.volume")),
	ROW("volumes.*.driver", LOST("a StorageClass says where it is: the label org.coracle.storage.class"), AS("Driver=")),
	ROW("volumes.*.driver_opts", LOST("a StorageClass says where it is: the label org.coracle.storage.class"), AS("Type=, Device=, Options=")),
	ROW("volumes.*.external", AS("a claim that must be there"), AS("Volume=NAME, which must be there")),
	ROW("volumes.*.labels", AS("labels or annotations of the claim; org.coracle.storage.…: see the manual"), AS("Label=")),
	ROW("volumes.*.name", AS("of an external one: the claim's name"), AS("VolumeName=")),

#define FILES(words, object, where) \
	ROW(words ".*", AS(object), AS(where)), \
	ROW(words ".*.driver", STORE_OF_HOST, STORE_OF_HOST), \
	ROW(words ".*.driver_opts", NONE("as driver"), NONE("as driver")), \
	ROW(words ".*.environment", AS(object), LOST("a unit mounts files: write it into one")), \
	ROW(words ".*.external", AS("a " object " that must be there"), LOST("it is in Coracle's store: write it into a file")), \
	ROW(words ".*.file", AS(object), AS(where)), \
	ROW(words ".*.labels", AS("labels or annotations of the " object), NONE("it is a file")), \
	ROW(words ".*.name", AS("of an external one: the name of the " object), NONE("as external")), \
	ROW(words ".*.template_driver", STORE_OF_HOST, STORE_OF_HOST)
	FILES("secrets", "Secret", "Volume="),
	FILES("configs", "ConfigMap", "Volume="),
	ROW("configs.*.content", AS("ConfigMap"), AS("a file beside it, Volume=")),
	ROW("models", LOST("needs Docker's model runner; run the model server as a service"), LOST("needs Docker's model runner; run the model server as a service")),
	ROW("include", NONE("it is resolved"), NONE("it is resolved")),
	ROW("version", NONE("obsolete"), NONE("obsolete")),
};
/* clang-format on */

const size_t export_row_count = array_length(export_rows);

/* Does "a.b.**" speak for @path? Or, without stars, is it that? */
static bool speaks_for(const char *row, const char *path)
{
	const char *stars = strstr(row, ".**");
	size_t length = stars ? (size_t)(stars - row) : strlen(row);

	return strncmp(row, path, length) == 0 &&
	       (path[length] == '\0' || (stars && (path[length] == '.' || path[length] == '[')));
}

const struct carried *export_find_row(const char *path)
{
	for (size_t i = 0; i < export_row_count; i++)
		if (speaks_for(export_rows[i].path, path))
			return &export_rows[i];
	return NULL;
}

void export_describe(struct strbuf *out)
{
	static const char *const before[] = {[CARRIED_AS] = "",
					     [CARRIED_NOWHERE] = "**not**: ",
					     [CARRIED_NOTHING] = "nothing: "};

	strbuf_add(out, "| attribute | Kubernetes | Quadlet |\n| --- | --- | --- |\n");
	for (size_t i = 0; i < export_row_count; i++) {
		const struct carried *row = &export_rows[i];

		strbuf_printf(out, "| `%s` |", row->path);
		for (size_t j = 0; j < EXPORT_TARGETS; j++)
			strbuf_printf(out, " %s%s |", before[row->to[j].kind], row->to[j].text);
		strbuf_add_char(out, '\n');
	}
}

/* ------------------------------------------------------------------ what a project loses */

#define MOST_STEPS 16

struct search {
	struct export_work *work;
	struct step way[MOST_STEPS];
	size_t depth;
	struct strbuf path; /* as in the table */
};

/* Below these stand names that the project chose. */
static bool has_names(const char *path)
{
	static const char *const maps[] = {"services",
					   "networks",
					   "volumes",
					   "secrets",
					   "configs",
					   "services.*.depends_on",
					   "services.*.networks",
					   "services.*.ulimits"};

	for (size_t i = 0; i < array_length(maps); i++)
		if (strcmp(maps[i], path) == 0)
			return true;
	return false;
}

/* What no service uses, and services of profiles that are off, are not exported. */
static bool is_exported(const struct project *project, const char *path, const char *name)
{
	if (strcmp(path, "services") == 0)
		return project_find_service(project, name);
	if (strcmp(path, "networks") == 0)
		return project_find_network(project, name);
	if (strcmp(path, "volumes") == 0)
		return project_find_volume(project, name);
	if (strcmp(path, "secrets") == 0)
		return project_find_file(&project->secrets, name);
	if (strcmp(path, "configs") == 0)
		return project_find_file(&project->configs, name);
	return true;
}

/* Values that say no more than the default does. */
static bool says_nothing(const struct node *value)
{
	return node_is_null(value) || (node_is_scalar(value) && !*node_text(value)) ||
	       (!node_is_scalar(value) && value->count == 0) ||
	       (node_is_scalar(value) && value->type == NODE_BOOL &&
		strcmp(node_text(value), "false") == 0);
}

static void search_node(struct search *search, const struct node *node, unsigned line);

static void search_below(struct search *search, const struct node *node)
{
	size_t length = search->path.length;
	bool are_names = has_names(strbuf_text(&search->path));

	for (unsigned i = 0; i < node->count; i++) {
		struct step *step = &search->way[search->depth];
		const struct node_pair *pair = node_is_map(node) ? &node->pairs[i] : NULL;

		*step = pair ? (struct step){.key = pair->key} : (struct step){.item = i + 1};
		if (pair && are_names &&
		    !is_exported(search->work->project, strbuf_text(&search->path), pair->key))
			continue;
		if (pair)
			strbuf_printf(&search->path, "%s%s", length ? "." : "",
				      are_names ? "*" : pair->key);
		else
			strbuf_add(&search->path, "[]");
		search->depth++;
		search_node(search, pair ? pair->value : node->items[i],
			    pair ? pair->line : node->items[i]->line);
		search->depth--;
		search->way[search->depth] = (struct step){0};
		search->path.length = length;
		search->path.text[length] = '\0';
	}
}

/* @line 0: nobody wrote it. Lists of texts have one row for the list. */
static void search_node(struct search *search, const struct node *node, unsigned line)
{
	const struct carried *row = export_find_row(strbuf_text(&search->path));
	const struct carried_to *to = row ? &row->to[search->work->request->target] : NULL;

	if (to && line && to->kind == CARRIED_NOWHERE && !says_nothing(node)) {
		export_note(search->work, search->way, "%s", to->text);
		return;
	}
	if (!node_is_scalar(node) && node && search->depth < MOST_STEPS - 1)
		search_below(search, node);
}

void export_note_lost(struct export_work *work)
{
	struct search search = {.work = work};

	if (work->project->tree)
		search_below(&search, work->project->tree);
	strbuf_release(&search.path);
}
