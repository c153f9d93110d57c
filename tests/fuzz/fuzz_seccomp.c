/* SPDX-License-Identifier: Apache-2.0 */
/* The seccomp profile reader; what it accepts is also compiled. */
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "runtime/seccomp.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	auto_seccomp_filter struct seccomp_filter filter = {0};
	auto_free char *text = alloc_string_n((const char *)bytes, size);
	uint64_t arguments[6] = {0};
	struct error err;

	if (seccomp_compile(&filter, text, 0xa80425fb, &err) == 0)
		for (unsigned number = 0; number < 512; number++)
			seccomp_evaluate(&filter, number, arguments);
	return 0;
}
