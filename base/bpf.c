/* SPDX-License-Identifier: Apache-2.0 */
#include "base/bpf.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"

int bpf_call(int command, union bpf_attr *attr)
{
	return (int)syscall(SYS_bpf, command, attr, sizeof(*attr));
}

int bpf_load(const struct bpf_code *code)
{
	static const char license[] = "Apache-2.0";
	struct rlimit unlimited = {RLIM_INFINITY, RLIM_INFINITY};
	union bpf_attr attr = {0};
	int fd;

	attr.prog_type = code->type;
	attr.expected_attach_type = code->attach_type;
	attr.insns = (uintptr_t)code->insns;
	attr.insn_cnt = (unsigned)code->count;
	attr.license = (uintptr_t)license;
	strncpy(attr.prog_name, code->name, sizeof(attr.prog_name) - 1);
	fd = bpf_call(BPF_PROG_LOAD, &attr);
	/* Before Linux 5.11 programs count as locked memory. */
	if (fd < 0 && errno == EPERM && setrlimit(RLIMIT_MEMLOCK, &unlimited) == 0)
		fd = bpf_call(BPF_PROG_LOAD, &attr);
	return fd;
}

static int has_name(int program_fd, const char *name)
{
	struct bpf_prog_info info = {0};
	union bpf_attr attr = {0};

	attr.info.bpf_fd = (unsigned)program_fd;
	attr.info.info_len = sizeof(info);
	attr.info.info = (uintptr_t)&info;
	return bpf_call(BPF_OBJ_GET_INFO_BY_FD, &attr) == 0 && strcmp(info.name, name) == 0;
}

int bpf_find_attached(int cgroup_fd, enum bpf_attach_type type, const char *name)
{
	unsigned ids[BPF_MOST_ATTACHED];
	union bpf_attr attr = {0};

	attr.query.target_fd = (unsigned)cgroup_fd;
	attr.query.attach_type = type;
	attr.query.prog_ids = (uintptr_t)ids;
	attr.query.prog_cnt = BPF_MOST_ATTACHED;
	if (bpf_call(BPF_PROG_QUERY, &attr) < 0)
		return -1;
	for (unsigned i = 0; i < attr.query.prog_cnt; i++) {
		union bpf_attr get = {.prog_id = ids[i]};
		int fd = bpf_call(BPF_PROG_GET_FD_BY_ID, &get);

		if (fd >= 0 && has_name(fd, name))
			return fd;
		cleanup_close(&fd);
	}
	errno = ENOENT;
	return -1;
}

int bpf_attach(int cgroup_fd, enum bpf_attach_type type, int program_fd, int old)
{
	union bpf_attr attr = {0};

	attr.target_fd = (unsigned)cgroup_fd;
	attr.attach_bpf_fd = (unsigned)program_fd;
	attr.attach_type = type;
	attr.attach_flags = BPF_F_ALLOW_MULTI;
	if (old >= 0) {
		attr.attach_flags |= BPF_F_REPLACE;
		attr.replace_bpf_fd = (unsigned)old;
	}
	return bpf_call(BPF_PROG_ATTACH, &attr);
}

int bpf_detach(int cgroup_fd, enum bpf_attach_type type, int program_fd)
{
	union bpf_attr attr = {0};

	attr.target_fd = (unsigned)cgroup_fd;
	attr.attach_bpf_fd = (unsigned)program_fd;
	attr.attach_type = type;
	return bpf_call(BPF_PROG_DETACH, &attr);
}
