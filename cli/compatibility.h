/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/compatibility.h - docs/compatibility.md, made from the tables of commands and attributes, so
 * that it says what the program does.
 */
#pragma once

struct strbuf;

void compatibility_page(struct strbuf *out);
