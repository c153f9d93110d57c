/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/request/rows.h - option rows that fill a struct request_options, in groups.
 *
 * @tag is the struct of the command's options, @of its member: REQUEST_HEALTH(run_options,
 * request.health). Two commands that take the same options name the same groups; those of limits
 * are in cli/request/limits.h.
 */
#pragma once

#include "cli/options.h"
#include "cli/request/request.h"

/* For a struct request_health. */
#define REQUEST_HEALTH(tag, of)                                                                    \
	OPTION(STRING, "health-cmd", 0, tag, of.command,                                           \
	       "Run this command to tell whether the container is well", .value = "COMMAND"),      \
		OPTION(STRING, "health-interval", 0, tag, of.interval, "Time between two checks",  \
		       .value = "DURATION", .fallback = "30s"),                                    \
		OPTION(STRING, "health-retries", 0, tag, of.retries,                               \
		       "Failures in a row that make the container unhealthy", .value = "NUMBER",   \
		       .fallback = "3"),                                                           \
		OPTION(STRING, "health-start-interval", 0, tag, of.start_interval,                 \
		       "Time between two checks in the start period", .value = "DURATION",         \
		       .fallback = "5s"),                                                          \
		OPTION(STRING, "health-start-period", 0, tag, of.start_period,                     \
		       "Time after the start in which failures do not count", .value = "DURATION", \
		       .fallback = "0s"),                                                          \
		OPTION(STRING, "health-timeout", 0, tag, of.timeout, "Time that a check may take", \
		       .value = "DURATION", .fallback = "30s"),                                    \
		OPTION(BOOL, "no-healthcheck", 0, tag, of.none,                                    \
		       "Do without a check, even that of the image")

/* What `service create` takes in the same words: for a struct request_options. */
#define REQUEST_COMMON(tag, of)                                                                    \
	OPTION(LIST, "cap-add", 0, tag, of.cap_add, "Add a capability", .value = "CAP"),           \
		OPTION(LIST, "cap-drop", 0, tag, of.cap_drop, "Drop a capability",                 \
		       .value = "CAP"),                                                            \
		OPTION(LIST, "dns", 0, tag, of.dns, "Use this DNS server", .value = "ADDRESS"),    \
		OPTION(LIST, "dns-option", 0, tag, of.dns_options, "Set an option of resolv.conf", \
		       .value = "OPTION"),                                                         \
		OPTION(LIST, "dns-search", 0, tag, of.dns_search, "Search names in this domain",   \
		       .value = "DOMAIN"),                                                         \
		OPTION(STRING, "entrypoint", 0, tag, of.entrypoint,                                \
		       "Run this instead of the image's entrypoint", .value = "COMMAND"),          \
		OPTION(LIST, "env", 'e', tag, of.env,                                              \
		       "Set a variable; without a value, take that of the environment",            \
		       .value = "NAME[=VALUE]"),                                                   \
		OPTION(LIST, "env-file", 0, tag, of.env_files, "Set the variables of a file",      \
		       .value = "FILE"),                                                           \
		OPTION(BOOL, "init", 0, tag, of.init,                                              \
		       "Start an init process that passes signals on and reaps processes"),        \
		OPTION(LIST, "label", 'l', tag, of.labels, "Add a label", .value = "NAME=VALUE"),  \
		OPTION(STRING, "log-driver", 0, tag, of.log_driver, "Log output there",            \
		       .value = "DRIVER", .words = "json-file local syslog journald none",         \
		       .fallback = "json-file"),                                                   \
		OPTION(LIST, "log-opt", 0, tag, of.log_options, "Set an option of the log driver", \
		       .value = "NAME=VALUE"),                                                     \
		OPTION(LIST, "mount", 0, tag, of.mounts,                                           \
		       "Add a mount, as in type=bind,source=PATH,target=PATH", .value = "MOUNT"),  \
		OPTION(STRING, "name", 0, tag, of.name, "Give the container this name",            \
		       .value = "NAME"),                                                           \
		OPTION(LIST, "network", 0, tag, of.networks,                                       \
		       "Join a network: NAME, host, none, container:NAME, or name=…,alias=…,ip=…", \
		       .value = "NETWORK", .fallback = "bridge"),                                  \
		OPTION(LIST, "publish", 'p', tag, of.publish, "Publish a port on this host",       \
		       .value = "[[IP:]HOST:]PORT[/PROTOCOL]"),                                    \
		OPTION(BOOL, "read-only", 0, tag, of.read_only,                                    \
		       "Do not let the root file system be written"),                              \
		OPTION(STRING, "stop-signal", 0, tag, of.stop_signal,                              \
		       "Stop the container with this signal", .value = "SIGNAL",                   \
		       .fallback = "the image's, else SIGTERM"),                                   \
		OPTION(LIST, "sysctl", 0, tag, of.sysctls, "Set a kernel parameter",               \
		       .value = "NAME=VALUE"),                                                     \
		OPTION(BOOL, "tty", 't', tag, of.tty, "Give it a terminal"),                       \
		OPTION(LIST, "ulimit", 0, tag, of.ulimits, "Set a limit of the processes",         \
		       .value = "NAME=SOFT[:HARD]"),                                               \
		OPTION(STRING, "user", 'u', tag, of.user, "Run as this user",                      \
		       .value = "USER[:GROUP]"),                                                   \
		OPTION(STRING, "workdir", 'w', tag, of.working_dir, "Start in this directory",     \
		       .value = "DIR")

/* The rest of what `container run` and `container create` take. */
#define REQUEST_CONTAINER(tag, of)                                                                 \
	OPTION_REFUSED("cpu-count", 0, "it is for Windows", .value = "N"),                         \
		OPTION_REFUSED("cpu-percent", 0, "it is for Windows", .value = "N"),               \
		OPTION_REFUSED("io-maxbandwidth", 0, "it is for Windows", .value = "BYTES"),       \
		OPTION_REFUSED("io-maxiops", 0, "it is for Windows", .value = "N"),                \
		OPTION_REFUSED("use-api-socket", 0, "there is no daemon to talk to"),              \
		OPTION(LIST, "add-host", 0, tag, of.hosts, "Add a name to /etc/hosts",             \
		       .value = "HOST:IP"),                                                        \
		OPTION(LIST, "annotation", 0, tag, of.annotations, "Add an annotation",            \
		       .value = "NAME=VALUE"),                                                     \
		OPTION(LIST, "blkio-weight-device", 0, tag, of.blkio.weights,                      \
		       "Share of I/O at one block device", .value = "DEVICE:WEIGHT"),              \
		OPTION(STRING, "cgroup-parent", 0, tag, of.cgroup_parent,                          \
		       "Make the container's cgroup in this one", .value = "CGROUP"),              \
		OPTION(STRING, "cgroupns", 0, tag, of.cgroupns, "Choose the cgroup namespace",     \
		       .value = "MODE", .words = "host private"),                                  \
		OPTION(LIST, "device", 0, tag, of.devices,                                         \
		       "Give the container a device of this host",                                 \
		       .value = "PATH[:TARGET[:rwm]]"),                                            \
		OPTION(LIST, "device-cgroup-rule", 0, tag, of.device_rules,                        \
		       "Allow the use of devices, as in 'c 1:3 rwm'", .value = "RULE"),            \
		OPTION(LIST, "device-read-bps", 0, tag, of.blkio.read_bps,                         \
		       "Limit reading from a device, in bytes a second", .value = "DEVICE:BYTES"), \
		OPTION(LIST, "device-read-iops", 0, tag, of.blkio.read_iops,                       \
		       "Limit reading from a device, in operations a second",                      \
		       .value = "DEVICE:NUMBER"),                                                  \
		OPTION(LIST, "device-write-bps", 0, tag, of.blkio.write_bps,                       \
		       "Limit writing to a device, in bytes a second", .value = "DEVICE:BYTES"),   \
		OPTION(LIST, "device-write-iops", 0, tag, of.blkio.write_iops,                     \
		       "Limit writing to a device, in operations a second",                        \
		       .value = "DEVICE:NUMBER"),                                                  \
		OPTION(BOOL, "disable-content-trust", 0, tag, of.content_trust, "As it is anyway", \
		       .is_hidden = true),                                                         \
		OPTION(LIST, "dns-opt", 0, tag, of.dns_options, "As --dns-option",                 \
		       .value = "OPTION", .is_hidden = true),                                      \
		OPTION(STRING, "domainname", 0, tag, of.domainname, "Set the NIS domain name",     \
		       .value = "NAME"),                                                           \
		OPTION(LIST, "expose", 0, tag, of.expose,                                          \
		       "Note a port that the container listens on", .value = "PORT[/PROTOCOL]"),   \
		OPTION(STRING, "gpus", 0, tag, of.gpus, "Not available", .value = "GPUS",          \
		       .is_hidden = true),                                                         \
		OPTION(LIST, "group-add", 0, tag, of.group_add, "Add the user to a group",         \
		       .value = "GROUP"),                                                          \
		OPTION(STRING, "hostname", 'h', tag, of.hostname, "Set the host name",             \
		       .value = "NAME", .fallback = "the container's id"),                         \
		OPTION(BOOL, "interactive", 'i', tag, of.interactive,                              \
		       "Pass input on, also when it is no terminal"),                              \
		OPTION(STRING, "ip", 0, tag, of.ipv4, "Set the IPv4 address on the first network", \
		       .value = "ADDRESS"),                                                        \
		OPTION(STRING, "ip6", 0, tag, of.ipv6,                                             \
		       "Set the IPv6 address on the first network", .value = "ADDRESS"),           \
		OPTION(STRING, "ipc", 0, tag, of.ipc, "Choose the IPC namespace", .value = "MODE", \
		       .words = "host none private shareable container:NAME",                      \
		       .fallback = "private"),                                                     \
		OPTION(STRING, "isolation", 0, tag, of.isolation, "Only default", .value = "KIND", \
		       .is_hidden = true),                                                         \
		OPTION(LIST, "label-file", 0, tag, of.label_files, "Add the labels of a file",     \
		       .value = "FILE"),                                                           \
		OPTION(LIST, "link", 0, tag, of.links, "Find another container by this name",      \
		       .value = "CONTAINER[:ALIAS]"),                                              \
		OPTION(LIST, "link-local-ip", 0, tag, of.link_local,                               \
		       "Add an address of 169.254.0.0/16 or fe80::/10", .value = "ADDRESS"),       \
		OPTION(STRING, "mac-address", 0, tag, of.mac,                                      \
		       "Set the MAC address on the first network", .value = "ADDRESS"),            \
		OPTION(STRING, "memory-swappiness", 0, tag, of.memory_swappiness,                  \
		       "No kernel of cgroup v2 knows it", .value = "NUMBER", .is_hidden = true),   \
		OPTION(LIST, "net", 0, tag, of.networks, "As --network", .value = "NETWORK",       \
		       .is_hidden = true),                                                         \
		OPTION(LIST, "net-alias", 0, tag, of.aliases, "As --network-alias",                \
		       .value = "NAME", .is_hidden = true),                                        \
		OPTION(LIST, "network-alias", 0, tag, of.aliases,                                  \
		       "Add a name on the first network", .value = "NAME"),                        \
		OPTION(BOOL, "oom-kill-disable", 0, tag, of.oom_kill_disable,                      \
		       "No kernel of cgroup v2 knows it", .is_hidden = true),                      \
		OPTION(STRING, "oom-score-adj", 0, tag, of.oom_score_adj,                          \
		       "How soon it is killed when memory is short, from -1000 to 1000",           \
		       .value = "NUMBER"),                                                         \
		OPTION(STRING, "pid", 0, tag, of.pid, "Choose the PID namespace", .value = "MODE", \
		       .words = "host container:NAME", .fallback = "one of its own"),              \
		OPTION(STRING, "platform", 0, tag, of.platform, "Use the image for this platform", \
		       .value = "OS/ARCHITECTURE[/VARIANT]",                                       \
		       .fallback = "DOCKER_DEFAULT_PLATFORM, else this host"),                     \
		OPTION(BOOL, "privileged", 0, tag, of.privileged,                                  \
		       "Give the container all rights and devices"),                               \
		OPTION(BOOL, "publish-all", 'P', tag, of.publish_all,                              \
		       "Publish all exposed ports, each on a free one"),                           \
		OPTION(STRING, "restart", 0, tag, of.restart, "When to start the container again", \
		       .value = "POLICY", .words = "no always unless-stopped on-failure[:N]",      \
		       .fallback = "no"),                                                          \
		OPTION(BOOL, "rm", 0, tag, of.remove,                                              \
		       "Remove the container and its anonymous volumes when it has ended"),        \
		OPTION(STRING, "runtime", 0, tag, of.runtime, "Runc means the one there is",       \
		       .value = "NAME", .is_hidden = true),                                        \
		OPTION(LIST, "security-opt", 0, tag, of.security,                                  \
		       "Set a security option: seccomp=FILE, apparmor=NAME, no-new-privileges, …", \
		       .value = "OPTION"),                                                         \
		OPTION(STRING, "shm-size", 0, tag, of.shm_size, "Size of /dev/shm",                \
		       .value = "BYTES", .fallback = "64m"),                                       \
		OPTION(SECONDS, "stop-timeout", 0, tag, of.stop_timeout_ns,                        \
		       "Let a stop wait so long before killing", .fallback = "10"),                \
		OPTION(LIST, "storage-opt", 0, tag, of.storage, "Not available",                   \
		       .value = "NAME=VALUE", .is_hidden = true),                                  \
		OPTION(LIST, "tmpfs", 0, tag, of.tmpfs, "Mount a file system in memory",           \
		       .value = "TARGET[:OPTIONS]"),                                               \
		OPTION(STRING, "userns", 0, tag, of.userns, "Choose the user namespace",           \
		       .value = "MODE", .words = "host"),                                          \
		OPTION(STRING, "uts", 0, tag, of.uts, "Choose the UTS namespace", .value = "MODE", \
		       .words = "host", .fallback = "one of its own"),                             \
		OPTION(LIST, "volume", 'v', tag, of.volumes,                                       \
		       "Mount a volume or a path of this host",                                    \
		       .value = "[SOURCE:]TARGET[:MODE]"),                                         \
		OPTION(STRING, "volume-driver", 0, tag, of.volume_driver, "Only local",            \
		       .value = "NAME", .is_hidden = true),                                        \
		OPTION(LIST, "volumes-from", 0, tag, of.volumes_from,                              \
		       "Mount the volumes of another container", .value = "CONTAINER[:ro]")
