/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net/dns_record.h - the records of an answer, one after the other (RFC 1035). Pure: whatever the
 * bytes are, nothing outside of them is read.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dns_records {
	const uint8_t *message;
	size_t size, at;
	unsigned left; /* that the header promises */
	bool is_damaged;
};

struct dns_record {
	uint16_t type, class;
	uint32_t ttl;
	size_t ttl_at, data_at, length;
};

/* @size is at least that of a header. */
void dns_record_begin(struct dns_records *records, const uint8_t *message, size_t size);
/* False behind the last one, and where the message is damaged. */
bool dns_record_next(struct dns_records *records, struct dns_record *record);
/* Has everything been read that the header promises? */
bool dns_record_is_end(const struct dns_records *records);
/* Of an SOA record: how long what does not exist may be believed not to. */
uint32_t dns_record_minimum(const struct dns_records *records, const struct dns_record *record);
void dns_record_set_ttl(uint8_t *message, const struct dns_record *record, uint32_t ttl);
