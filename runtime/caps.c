/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/caps.h"

#include "base/error.h"
#include "runtime/spec.h"

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

uint64_t caps_all(void)
{
	static uint64_t all;

	for (int cap = 0; all == 0 || (cap < 64 && !(all >> 63)); cap++) {
		if (cap == 64 || prctl(PR_CAPBSET_READ, cap, 0, 0, 0) < 0)
			break;
		all |= UINT64_C(1) << cap;
	}
	return all;
}

uint64_t caps_available(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2] = {0};

	if (syscall(SYS_capget, &header, data) < 0)
		return 0;
	return data[0].permitted | (uint64_t)data[1].permitted << 32;
}

int caps_bound(uint64_t bounding, struct error *err)
{
	uint64_t all = caps_all();

	for (int cap = 0; cap < 64; cap++) {
		uint64_t bit = UINT64_C(1) << cap;

		if ((all & bit) && !(bounding & bit) && prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0)
			return error_errno(err, "cannot drop %s from the bounding set",
					   spec_capability_name(cap));
	}
	return 0;
}

static int raise_ambient(uint64_t ambient, struct error *err)
{
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
		return error_errno(err, "cannot clear the ambient capabilities");
	for (int cap = 0; cap < 64; cap++)
		if ((ambient >> cap & 1) &&
		    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0) < 0)
			return error_errno(err, "cannot make %s ambient",
					   spec_capability_name(cap));
	return 0;
}

int caps_set(const struct spec_capabilities *caps, uint64_t extra, struct error *err)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	uint64_t available = caps_available();
	uint64_t permitted = (caps->permitted | extra) & available;
	uint64_t effective = (caps->effective | extra) & permitted;
	uint64_t inheritable = caps->inheritable & available;
	struct __user_cap_data_struct data[2] = {
		{(uint32_t)effective, (uint32_t)permitted, (uint32_t)inheritable},
		{(uint32_t)(effective >> 32), (uint32_t)(permitted >> 32),
		 (uint32_t)(inheritable >> 32)},
	};

	if (syscall(SYS_capset, &header, data) < 0)
		return error_errno(err, "cannot set the capabilities");
	return raise_ambient(caps->ambient & permitted & inheritable, err);
}
