/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runtime/labels.h - SELinux's labels of a container's process, its keys and the file systems that
 * are made for it. What is mounted from elsewhere keeps its own.
 */
#pragma once

#include <stdbool.h>

struct error;
struct strvec;

/* @label, or NULL when it says nothing, and with a warning when this host has no SELinux. */
const char *labels_effective(const char *label);
/* A descriptor of the host's procfs: this process finds itself there whatever namespaces and root
 * it has by then. */
int labels_open_proc(struct error *err);
/* The label that the next execve brings; "": as the policy has it. Children inherit it. */
int labels_set_exec(int proc_fd, const char *label, struct error *err);
/* Of keys that this process makes until then; where that cannot be, a warning. */
void labels_set_keys(const char *label);
/* Adds an option for a new file system, unless @data has one of this kind, or it is a file system
 * whose labels are the policy's (procfs, sysfs, cgroup2), or one of which only the root gets it
 * (mqueue). */
void labels_add_context(struct strvec *data, const char *filesystem, const char *label);
/* Labels the root of a file system that was just made and has not got it by an option; where that
 * cannot be, a warning. */
void labels_set_root(int tree_fd, const char *filesystem, const char *label);
