/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/service_pretty.h - the document of a service for people, as `service inspect --pretty` has
 * it.
 */
#pragma once

#include "base/json.h"

struct strbuf;

void service_pretty(struct strbuf *out, const json *document);
