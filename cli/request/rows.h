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
	OPTION(STRING, "health-cmd", 0, tag, of.command, "command that tells whether it is well",  \
	       .value = "COMMAND"),                                                                \
		OPTION(STRING, "health-interval", 0, tag, of.interval, "time between two checks",  \
		       .value = "DURATION"),                                                       \
		OPTION(STRING, "health-retries", 0, tag, of.retries,                               \
		       "failures in a row until it is unhealthy", .value = "NUMBER"),              \
		OPTION(STRING, "health-start-interval", 0, tag, of.start_interval,                 \
		       "time between two checks while it starts", .value = "DURATION"),            \
		OPTION(STRING, "health-start-period", 0, tag, of.start_period,                     \
		       "time in which failures do not count", .value = "DURATION"),                \
		OPTION(STRING, "health-timeout", 0, tag, of.timeout, "how long a check may take",  \
		       .value = "DURATION"),                                                       \
		OPTION(BOOL, "no-healthcheck", 0, tag, of.none, "no check, not even the image's")

/* What `service create` takes in the same words: for a struct request_options. */
#define REQUEST_COMMON(tag, of)                                                                    \
	OPTION(LIST, "cap-add", 0, tag, of.cap_add, "add a capability", .value = "CAP"),           \
		OPTION(LIST, "cap-drop", 0, tag, of.cap_drop, "drop a capability",                 \
		       .value = "CAP"),                                                            \
		OPTION(LIST, "dns", 0, tag, of.dns, "a DNS server", .value = "ADDRESS"),           \
		OPTION(LIST, "dns-option", 0, tag, of.dns_options, "an option of resolv.conf",     \
		       .value = "OPTION"),                                                         \
		OPTION(LIST, "dns-search", 0, tag, of.dns_search, "a domain to search",            \
		       .value = "DOMAIN"),                                                         \
		OPTION(STRING, "entrypoint", 0, tag, of.entrypoint, "instead of the image's",      \
		       .value = "COMMAND"),                                                        \
		OPTION(LIST, "env", 'e', tag, of.env, "set a variable, or pass ours on",           \
		       .value = "NAME[=VALUE]"),                                                   \
		OPTION(LIST, "env-file", 0, tag, of.env_files, "set the variables of a file",      \
		       .value = "FILE"),                                                           \
		OPTION(BOOL, "init", 0, tag, of.init, "a first process that reaps and forwards"),  \
		OPTION(LIST, "label", 'l', tag, of.labels, "add a label", .value = "NAME=VALUE"),  \
		OPTION(STRING, "log-driver", 0, tag, of.log_driver, "where output is logged",      \
		       .value = "DRIVER", .words = "json-file local syslog journald none"),        \
		OPTION(LIST, "log-opt", 0, tag, of.log_options, "option of the log driver",        \
		       .value = "NAME=VALUE"),                                                     \
		OPTION(LIST, "mount", 0, tag, of.mounts,                                           \
		       "a mount, as in type=bind,source=PATH,target=PATH", .value = "MOUNT"),      \
		OPTION(STRING, "name", 0, tag, of.name, "its name", .value = "NAME"),              \
		OPTION(LIST, "network", 0, tag, of.networks,                                       \
		       "a network, host, none, container:NAME, or name=…,alias=…,ip=…",            \
		       .value = "NETWORK"),                                                        \
		OPTION(LIST, "publish", 'p', tag, of.publish, "publish a port on the host",        \
		       .value = "[[IP:]HOST:]PORT[/PROTOCOL]"),                                    \
		OPTION(BOOL, "read-only", 0, tag, of.read_only,                                    \
		       "a root file system to read only"),                                         \
		OPTION(STRING, "stop-signal", 0, tag, of.stop_signal, "signal that stops it",      \
		       .value = "SIGNAL"),                                                         \
		OPTION(LIST, "sysctl", 0, tag, of.sysctls, "set a kernel parameter",               \
		       .value = "NAME=VALUE"),                                                     \
		OPTION(BOOL, "tty", 't', tag, of.tty, "a terminal"),                               \
		OPTION(LIST, "ulimit", 0, tag, of.ulimits, "a limit of each process",              \
		       .value = "NAME=SOFT[:HARD]"),                                               \
		OPTION(STRING, "user", 'u', tag, of.user, "run as this user",                      \
		       .value = "USER[:GROUP]"),                                                   \
		OPTION(STRING, "workdir", 'w', tag, of.working_dir, "directory to start in",       \
		       .value = "DIR")

/* The rest of what `container run` and `container create` take. */
#define REQUEST_CONTAINER(tag, of)                                                                 \
	OPTION_REFUSED("cpu-count", 0, "it is for Windows", .value = "N"),                         \
		OPTION_REFUSED("cpu-percent", 0, "it is for Windows", .value = "N"),               \
		OPTION_REFUSED("io-maxbandwidth", 0, "it is for Windows", .value = "BYTES"),       \
		OPTION_REFUSED("io-maxiops", 0, "it is for Windows", .value = "N"),                \
		OPTION_REFUSED("use-api-socket", 0, "there is no daemon to talk to"),              \
		OPTION(LIST, "add-host", 0, tag, of.hosts, "a name in /etc/hosts",                 \
		       .value = "HOST:IP"),                                                        \
		OPTION(LIST, "annotation", 0, tag, of.annotations, "add an annotation",            \
		       .value = "NAME=VALUE"),                                                     \
		OPTION(LIST, "blkio-weight-device", 0, tag, of.blkio.weights,                      \
		       "relative weight at one block device", .value = "DEVICE:WEIGHT"),           \
		OPTION(STRING, "cgroup-parent", 0, tag, of.cgroup_parent,                          \
		       "cgroup that its own is made in", .value = "CGROUP"),                       \
		OPTION(STRING, "cgroupns", 0, tag, of.cgroupns, "cgroup namespace: host, private", \
		       .value = "MODE", .words = "host private"),                                  \
		OPTION(LIST, "device", 0, tag, of.devices, "a device of the host",                 \
		       .value = "PATH[:TARGET[:rwm]]"),                                            \
		OPTION(LIST, "device-cgroup-rule", 0, tag, of.device_rules,                        \
		       "devices that may be used: 'c 1:3 rwm'", .value = "RULE"),                  \
		OPTION(LIST, "device-read-bps", 0, tag, of.blkio.read_bps,                         \
		       "limit of reading, bytes a second", .value = "DEVICE:BYTES"),               \
		OPTION(LIST, "device-read-iops", 0, tag, of.blkio.read_iops,                       \
		       "limit of reading, operations a second", .value = "DEVICE:NUMBER"),         \
		OPTION(LIST, "device-write-bps", 0, tag, of.blkio.write_bps,                       \
		       "limit of writing, bytes a second", .value = "DEVICE:BYTES"),               \
		OPTION(LIST, "device-write-iops", 0, tag, of.blkio.write_iops,                     \
		       "limit of writing, operations a second", .value = "DEVICE:NUMBER"),         \
		OPTION(BOOL, "disable-content-trust", 0, tag, of.content_trust, "as it is anyway", \
		       .is_hidden = true),                                                         \
		OPTION(LIST, "dns-opt", 0, tag, of.dns_options, "as --dns-option",                 \
		       .value = "OPTION", .is_hidden = true),                                      \
		OPTION(STRING, "domainname", 0, tag, of.domainname, "NIS domain name",             \
		       .value = "NAME"),                                                           \
		OPTION(LIST, "expose", 0, tag, of.expose, "a port that it listens on",             \
		       .value = "PORT[/PROTOCOL]"),                                                \
		OPTION(STRING, "gpus", 0, tag, of.gpus, "not available", .value = "GPUS",          \
		       .is_hidden = true),                                                         \
		OPTION(LIST, "group-add", 0, tag, of.group_add, "one more group",                  \
		       .value = "GROUP"),                                                          \
		OPTION(STRING, "hostname", 'h', tag, of.hostname, "host name (default: its id)",   \
		       .value = "NAME"),                                                           \
		OPTION(BOOL, "interactive", 'i', tag, of.interactive, "pass our input on"),        \
		OPTION(STRING, "ip", 0, tag, of.ipv4, "IPv4 address on the first network",         \
		       .value = "ADDRESS"),                                                        \
		OPTION(STRING, "ip6", 0, tag, of.ipv6, "IPv6 address on the first network",        \
		       .value = "ADDRESS"),                                                        \
		OPTION(STRING, "ipc", 0, tag, of.ipc,                                              \
		       "IPC namespace: host, none, private, shareable, container:NAME",            \
		       .value = "MODE", .words = "host none private shareable"),                   \
		OPTION(STRING, "isolation", 0, tag, of.isolation, "only default", .value = "KIND", \
		       .is_hidden = true),                                                         \
		OPTION(LIST, "label-file", 0, tag, of.label_files, "add the labels of a file",     \
		       .value = "FILE"),                                                           \
		OPTION(LIST, "link", 0, tag, of.links, "a name for another container",             \
		       .value = "NAME[:ALIAS]"),                                                   \
		OPTION(LIST, "link-local-ip", 0, tag, of.link_local,                               \
		       "one more address, of 169.254.0.0/16 or fe80::/10", .value = "ADDRESS"),    \
		OPTION(STRING, "mac-address", 0, tag, of.mac, "MAC address on the first network",  \
		       .value = "ADDRESS"),                                                        \
		OPTION(STRING, "memory-swappiness", 0, tag, of.memory_swappiness,                  \
		       "no kernel of cgroup v2 knows it", .value = "NUMBER", .is_hidden = true),   \
		OPTION(LIST, "net", 0, tag, of.networks, "as --network", .value = "NETWORK",       \
		       .is_hidden = true),                                                         \
		OPTION(LIST, "net-alias", 0, tag, of.aliases, "as --network-alias",                \
		       .value = "NAME", .is_hidden = true),                                        \
		OPTION(LIST, "network-alias", 0, tag, of.aliases,                                  \
		       "one more name on the first network", .value = "NAME"),                     \
		OPTION(BOOL, "oom-kill-disable", 0, tag, of.oom_kill_disable,                      \
		       "no kernel of cgroup v2 knows it", .is_hidden = true),                      \
		OPTION(STRING, "oom-score-adj", 0, tag, of.oom_score_adj,                          \
		       "how soon it is killed for want of memory, -1000 to 1000",                  \
		       .value = "NUMBER"),                                                         \
		OPTION(STRING, "pid", 0, tag, of.pid, "PID namespace: host, container:NAME",       \
		       .value = "MODE", .words = "host"),                                          \
		OPTION(STRING, "platform", 0, tag, of.platform,                                    \
		       "of the image (DOCKER_DEFAULT_PLATFORM)",                                   \
		       .value = "OS/ARCHITECTURE[/VARIANT]"),                                      \
		OPTION(BOOL, "privileged", 0, tag, of.privileged, "with all rights and devices"),  \
		OPTION(BOOL, "publish-all", 'P', tag, of.publish_all,                              \
		       "publish all exposed ports, each on any free one"),                         \
		OPTION(STRING, "restart", 0, tag, of.restart,                                      \
		       "when it is started again: no, always, unless-stopped, on-failure[:N]",     \
		       .value = "POLICY", .words = "no always unless-stopped on-failure"),         \
		OPTION(BOOL, "rm", 0, tag, of.remove,                                              \
		       "remove it with its anonymous volumes when it has ended"),                  \
		OPTION(STRING, "runtime", 0, tag, of.runtime, "runc means the one there is",       \
		       .value = "NAME", .is_hidden = true),                                        \
		OPTION(LIST, "security-opt", 0, tag, of.security,                                  \
		       "seccomp=FILE, apparmor=NAME, no-new-privileges, …", .value = "OPTION"),    \
		OPTION(STRING, "shm-size", 0, tag, of.shm_size, "size of /dev/shm",                \
		       .value = "BYTES"),                                                          \
		OPTION(SECONDS, "stop-timeout", 0, tag, of.stop_timeout_ns,                        \
		       "how long a stop waits before killing"),                                    \
		OPTION(LIST, "storage-opt", 0, tag, of.storage, "not available",                   \
		       .value = "NAME=VALUE", .is_hidden = true),                                  \
		OPTION(LIST, "tmpfs", 0, tag, of.tmpfs, "a file system in memory",                 \
		       .value = "PATH[:OPTIONS]"),                                                 \
		OPTION(STRING, "userns", 0, tag, of.userns, "user namespace: only host",           \
		       .value = "MODE", .words = "host"),                                          \
		OPTION(STRING, "uts", 0, tag, of.uts, "UTS namespace: host", .value = "MODE",      \
		       .words = "host"),                                                           \
		OPTION(LIST, "volume", 'v', tag, of.volumes, "mount a volume or path",             \
		       .value = "[SOURCE:]TARGET[:MODE]"),                                         \
		OPTION(STRING, "volume-driver", 0, tag, of.volume_driver, "only local",            \
		       .value = "NAME", .is_hidden = true),                                        \
		OPTION(LIST, "volumes-from", 0, tag, of.volumes_from,                              \
		       "the volumes of another container", .value = "NAME[:ro]")
