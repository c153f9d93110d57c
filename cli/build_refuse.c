/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/build_refuse.h"

#include "base/error.h"
#include "base/units.h"

#include <stdbool.h>
#include <string.h>

int build_refuse_builder(const char *name, struct error *err)
{
	if (!name || !*name || strcmp(name, "default") == 0)
		return 0;
	return error_set(err, ERROR_UNSUPPORTED,
			 "no builder \"%s\" found: there is one, this program itself (default)",
			 name);
}

int build_refuse_attestation(const char *option, const char *value, struct error *err)
{
	bool wanted = true;

	if (!value || !*value || (units_parse_bool(&wanted, value, NULL) == 0 && !wanted))
		return 0;
	return error_set(err, ERROR_UNSUPPORTED,
			 "--%s=%s: attestations are not made here; only --%s=false", option, value,
			 option);
}
