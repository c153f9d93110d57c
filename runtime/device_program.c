/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The device program of a cgroup, built by hand: a few instructions for each rule need no compiler
 * and no libbpf.
 */
#include "runtime/devices.h"

#include "base/alloc.h"
#include "base/bpf.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "runtime/spec.h"

#define PROGRAM_NAME "coracle_devices"
#define ALL_ACCESS   (BPF_DEVCG_ACC_MKNOD | BPF_DEVCG_ACC_READ | BPF_DEVCG_ACC_WRITE)
/* Instructions of one rule at most: type, access (3), major, minor, result (2). */
#define RULE_SIZE 8
#define LOAD_SIZE 6
#define END_SIZE  2

/* Registers: r1 the context, then scratch; r2 type, r3 access asked for, r4 major, r5 minor. */
static struct bpf_insn load_field(int to, short offset)
{
	return (struct bpf_insn){.code = BPF_LDX | BPF_MEM | BPF_W,
				 .dst_reg = to & 15,
				 .src_reg = BPF_REG_1,
				 .off = offset};
}

static struct bpf_insn alu(int operation, int to, int immediate)
{
	return (struct bpf_insn){
		.code = (__u8)(BPF_ALU | BPF_K | operation), .dst_reg = to & 15, .imm = immediate};
}

static struct bpf_insn copy(int to, int from)
{
	return (struct bpf_insn){
		.code = BPF_ALU | BPF_X | BPF_MOV, .dst_reg = to & 15, .src_reg = from & 15};
}

/* The distance to the next rule is not known yet: patched at the rule's end. */
static struct bpf_insn skip_if(int condition, int reg, int immediate)
{
	return (struct bpf_insn){
		.code = (__u8)(BPF_JMP | BPF_K | condition), .dst_reg = reg & 15, .imm = immediate};
}

static struct bpf_insn *finish(struct bpf_insn *at, bool allow)
{
	*at++ = alu(BPF_MOV, BPF_REG_0, allow);
	*at++ = (struct bpf_insn){.code = BPF_JMP | BPF_EXIT};
	return at;
}

static int access_mask(const struct spec_device_rule *rule)
{
	return (rule->read ? BPF_DEVCG_ACC_READ : 0) | (rule->write ? BPF_DEVCG_ACC_WRITE : 0) |
	       (rule->mknod ? BPF_DEVCG_ACC_MKNOD : 0);
}

static struct bpf_insn *add_rule(struct bpf_insn *at, const struct spec_device_rule *rule)
{
	struct bpf_insn *start = at;
	int mask = access_mask(rule);

	if (rule->type != 'a')
		*at++ = skip_if(BPF_JNE, BPF_REG_2,
				rule->type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR);
	if (mask != ALL_ACCESS) {
		/* A permission must cover all that is asked for; a prohibition any of it. */
		*at++ = copy(BPF_REG_1, BPF_REG_3);
		*at++ = alu(BPF_AND, BPF_REG_1, rule->allow ? ALL_ACCESS & ~mask : mask);
		*at++ = skip_if(rule->allow ? BPF_JNE : BPF_JEQ, BPF_REG_1, 0);
	}
	if (rule->major >= 0)
		*at++ = skip_if(BPF_JNE, BPF_REG_4, (int)rule->major);
	if (rule->minor >= 0)
		*at++ = skip_if(BPF_JNE, BPF_REG_5, (int)rule->minor);
	at = finish(at, rule->allow);
	for (struct bpf_insn *insn = start; insn < at; insn++)
		if ((insn->code & 7) == BPF_JMP && insn->code != (BPF_JMP | BPF_EXIT))
			insn->off = (short)(at - insn - 1);
	return at;
}

struct bpf_insn *devices_build_program(const struct spec_resources *resources, size_t *count)
{
	size_t rules = resources->device_rule_count;
	struct bpf_insn *program =
		alloc_zeroed(LOAD_SIZE + END_SIZE + rules * RULE_SIZE, sizeof(*program));
	struct bpf_insn *at = program;

	*at++ = load_field(BPF_REG_2, 0); /* access_type: access << 16 | type */
	*at++ = copy(BPF_REG_3, BPF_REG_2);
	*at++ = alu(BPF_AND, BPF_REG_2, 0xffff);
	*at++ = alu(BPF_RSH, BPF_REG_3, 16);
	*at++ = load_field(BPF_REG_4, 4);
	*at++ = load_field(BPF_REG_5, 8);
	/* From the last rule to the first: what matches later in the list overrides. A rule for
	 * everything ends the search, and the verifier refuses code that cannot be reached. */
	for (size_t i = rules; i-- > 0;) {
		const struct spec_device_rule *rule = &resources->device_rules[i];

		at = add_rule(at, rule);
		if (rule->type == 'a' && access_mask(rule) == ALL_ACCESS && rule->major < 0 &&
		    rule->minor < 0) {
			*count = (size_t)(at - program);
			return program;
		}
	}
	at = finish(at, resources->all_devices);
	*count = (size_t)(at - program);
	return program;
}

static int load_program(const struct spec_resources *resources, struct error *err)
{
	size_t count;
	auto_free struct bpf_insn *program = devices_build_program(resources, &count);
	struct bpf_code code = {
		.type = BPF_PROG_TYPE_CGROUP_DEVICE,
		.name = PROGRAM_NAME,
		.insns = program,
		.count = count,
	};
	int fd = bpf_load(&code);

	return fd < 0 ? error_errno(err, "cannot load the device program") : fd;
}

static int detach(int cgroup_fd, int program_fd, struct error *err)
{
	if (bpf_detach(cgroup_fd, BPF_CGROUP_DEVICE, program_fd) < 0)
		return error_errno(err, "cannot detach the device program");
	return 0;
}

int devices_attach_program(int cgroup_fd, const struct spec_resources *resources, struct error *err)
{
	auto_close int old = bpf_find_attached(cgroup_fd, BPF_CGROUP_DEVICE, PROGRAM_NAME);
	auto_close int program = -1;

	if (resources->all_devices)
		return old >= 0 ? detach(cgroup_fd, old, err) : 0;
	program = load_program(resources, err);
	if (program < 0)
		return -1;
	if (bpf_attach(cgroup_fd, BPF_CGROUP_DEVICE, program, old) < 0)
		return error_errno(err, "cannot attach the device program to the cgroup");
	return 0;
}
