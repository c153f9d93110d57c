/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine/option_text.h - door: is a text of the form that an option of a container has? Pure.
 */
#pragma once

#include <stdbool.h>

bool option_text_is_address(const char *text); /* of IPv4 or IPv6 */
/* Six octets as Go reads them: 02:42:ac:11:00:02, with '-' for ':', or 0242.ac11.0002. */
bool option_text_is_mac_address(const char *text);
bool option_text_is_cpu_set(const char *text);	   /* 0-3,5 */
bool option_text_is_device_rule(const char *text); /* "c 1:3 rwm", "a *:* rwm" */
