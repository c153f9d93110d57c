/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/harness/harness.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "runtime/devices.h"
#include "runtime/spec.h"

#include <linux/bpf_common.h>

/* Interprets what device_program.c emits, and nothing else. */
static int run(const struct bpf_insn *program, size_t count, const uint32_t context[3])
{
	uint64_t r[11] = {0};
	bool context_in_r1 = true;

	for (size_t pc = 0; pc < count; pc++) {
		const struct bpf_insn *insn = &program[pc];
		uint64_t *to = &r[insn->dst_reg];

		switch (insn->code) {
		case BPF_LDX | BPF_MEM | BPF_W:
			CHECK(insn->src_reg == 1 && context_in_r1);
			*to = context[insn->off / 4];
			break;
		case BPF_ALU | BPF_X | BPF_MOV:
			*to = (uint32_t)r[insn->src_reg];
			context_in_r1 &= insn->dst_reg != 1;
			break;
		case BPF_ALU | BPF_K | BPF_MOV:
			*to = (uint32_t)insn->imm;
			break;
		case BPF_ALU | BPF_K | BPF_AND:
			*to = (uint32_t)*to & (uint32_t)insn->imm;
			break;
		case BPF_ALU | BPF_K | BPF_RSH:
			*to = (uint32_t)*to >> insn->imm;
			break;
		case BPF_JMP | BPF_K | BPF_JNE:
			pc += *to != (uint64_t)insn->imm ? (size_t)insn->off : 0;
			break;
		case BPF_JMP | BPF_K | BPF_JEQ:
			pc += *to == (uint64_t)insn->imm ? (size_t)insn->off : 0;
			break;
		case BPF_JMP | BPF_EXIT:
			return (int)r[0];
		default:
			fail_msg("unexpected instruction %#x", insn->code);
		}
	}
	fail_msg("ran off the end");
	return -1;
}

static int ask(const struct spec_resources *resources, char type, unsigned major, unsigned minor,
	       unsigned access)
{
	size_t count;
	auto_free struct bpf_insn *program = devices_build_program(resources, &count);
	uint32_t context[3] = {access << 16 |
				       (type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR),
			       major, minor};

	return run(program, count, context);
}

#define R BPF_DEVCG_ACC_READ
#define W BPF_DEVCG_ACC_WRITE
#define M BPF_DEVCG_ACC_MKNOD

TEST(the_default_opens_only_the_listed_devices)
{
	auto_arena struct arena arena = {0};
	struct spec spec;

	spec_init_default(&spec, &arena);
	CHECK_INT(ask(&spec.resources, 'c', 1, 3, R | W), 1);
	CHECK_INT(ask(&spec.resources, 'c', 136, 77, R | W), 1);
	CHECK_INT(ask(&spec.resources, 'b', 8, 0, M), 1);
	CHECK_INT(ask(&spec.resources, 'b', 8, 0, R), 0);
	CHECK_INT(ask(&spec.resources, 'b', 8, 0, R | M), 0);
	CHECK_INT(ask(&spec.resources, 'b', 1, 3, R), 0);
	CHECK_INT(ask(&spec.resources, 'c', 1, 1, R), 0);
	CHECK_INT(ask(&spec.resources, 'c', 10, 229, W), 0);
}

TEST(no_rules_refuse_everything)
{
	struct spec_resources none = {0};

	CHECK_INT(ask(&none, 'c', 1, 3, R), 0);
}

TEST(the_last_matching_rule_decides)
{
	struct spec_device_rule rules[] = {
		{true, 'a', -1, -1, true, true, true},
		{false, 'b', 8, -1, false, true, false},
		{true, 'b', 8, 5, true, true, false},
	};
	struct spec_resources resources = {.device_rules = rules, .device_rule_count = 3};

	CHECK_INT(ask(&resources, 'c', 9, 9, R | W | M), 1);
	CHECK_INT(ask(&resources, 'b', 8, 1, R), 1);
	CHECK_INT(ask(&resources, 'b', 8, 1, R | W), 0);
	CHECK_INT(ask(&resources, 'b', 8, 5, R | W), 1);
}
