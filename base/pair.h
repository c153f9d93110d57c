/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/pair.h - a name and its value: labels, driver options, log options, sysctls, annotations.
 */
#pragma once

struct pair {
	const char *name, *value;
};
