/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api/body.h - a member of a body, which is nothing when it is absent, null or empty.
 */
#pragma once

#include "base/json.h"

/* The text, NULL for none. */
const char *body_text(const json *object, const char *name);
