/* SPDX-License-Identifier: Apache-2.0 */
/*
 * builder/expose.h - the ports of an EXPOSE: "[[IP:]HOST:]PORT[-PORT][/tcp|/udp|/sctp]". Pure.
 */
#pragma once

struct error;
struct strvec;

/* Adds "80/tcp" for each that @ports has not. What stands for the host's side is only checked. */
int expose_parse(struct strvec *ports, const char *text, struct error *err);
