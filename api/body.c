/* SPDX-License-Identifier: Apache-2.0 */
#include "api/body.h"

const char *body_text(const json *object, const char *name)
{
	const char *text = json_string(object, name, "");

	return *text ? text : NULL;
}
