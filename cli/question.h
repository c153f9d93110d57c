/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/question.h - yes or no.
 */
#pragma once

#include <stdbool.h>

/* Prints @text, which is safe for a terminal and ends in "[y/N] ", on stderr. End of file means no.
 */
bool question_ask(const char *text);
