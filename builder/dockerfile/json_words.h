/* SPDX-License-Identifier: Apache-2.0 */
/*
 * builder/dockerfile/json_words.h - ["exec", "form"]. Pure.
 */
#pragma once

struct error;
struct strvec;

/* 1: @text is an array of strings, and they are in @words; 0: it is none, and a line for the shell.
 * -1: an array of something else. */
int json_words_parse(struct strvec *words, const char *text, struct error *err);
