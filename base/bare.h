/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/bare.h - for programs without a C library: those of which there are many, or that must begin
 * at once. Only system calls that every kernel since 5.10 has are worth calling by it.
 */
#pragma once

/* Returns what the kernel does: a negative errno is an error. */
static inline long bare_call(long number, long a, long b, long c, long d, long e)
{
	long result;
#if defined(__x86_64__)
	register long fourth __asm__("r10") = d;
	register long fifth __asm__("r8") = e;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(a), "S"(b), "d"(c), "r"(fourth), "r"(fifth)
			 : "rcx", "r11", "memory");
#elif defined(__aarch64__)
	register long w8 __asm__("x8") = number;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;

	__asm__ volatile("svc #0"
			 : "+r"(x0)
			 : "r"(w8), "r"(x1), "r"(x2), "r"(x3), "r"(x4)
			 : "memory");
	result = x0;
#else
#error "the system call convention of this machine is missing"
#endif
	return result;
}

/* The kernel's entry: @function gets the initial stack, a long *: argc, argv, NULL, environment,
 * NULL. It must not return. */
#if defined(__x86_64__)
#define BARE_ENTRY(function)                                                                       \
	__asm__(".global _start\n_start:\n\txor %ebp, %ebp\n\tmov %rsp, %rdi\n\tand $-16, %rsp\n"  \
		"\tcall " #function "\n")
#elif defined(__aarch64__)
#define BARE_ENTRY(function)                                                                       \
	__asm__(".global _start\n_start:\n\tmov x29, #0\n\tmov x0, sp\n\tbl " #function "\n")
#endif
