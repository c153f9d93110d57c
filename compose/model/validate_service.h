/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/model/validate_service.h - one service against itself and the project around it.
 */
#pragma once

struct problems;
struct project;
struct service;

void validate_service(const struct project *project, const struct service *service,
		      struct problems *problems);
