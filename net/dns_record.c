/* SPDX-License-Identifier: Apache-2.0 */
#include "net/dns_record.h"

#include "net/dns_message.h"

#define FIXED_SIZE   10 /* of a record behind its name: type, class, time, length */
#define SOA_MINIMUM  22 /* two names of one byte, five numbers */
#define NAME_POINTER 0xc0

static uint16_t read16(const uint8_t *bytes)
{
	return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

static uint32_t read32(const uint8_t *bytes)
{
	return (uint32_t)read16(bytes) << 16 | read16(bytes + 2);
}

/* Labels up to the root or to a pointer, which ends a name whatever it points to. */
static bool skip_name(struct dns_records *records)
{
	while (records->at < records->size) {
		uint8_t length = records->message[records->at];

		if (length >= NAME_POINTER) {
			records->at += 2;
			return records->at <= records->size;
		}
		records->at += 1U + length;
		if (length == 0)
			return true;
	}
	return false;
}

void dns_record_begin(struct dns_records *records, const uint8_t *message, size_t size)
{
	unsigned questions = read16(message + 4);

	*records = (struct dns_records){.message = message, .size = size, .at = DNS_HEADER_SIZE};
	for (size_t i = 6; i < DNS_HEADER_SIZE; i += 2)
		records->left += read16(message + i);
	for (; questions > 0 && !records->is_damaged; questions--) {
		records->is_damaged = !skip_name(records);
		records->at += 4;
	}
}

bool dns_record_next(struct dns_records *records, struct dns_record *record)
{
	const uint8_t *fixed;

	if (records->is_damaged || records->left == 0)
		return false;
	records->is_damaged = true;
	if (!skip_name(records) || records->size - records->at < FIXED_SIZE)
		return false;
	fixed = records->message + records->at;
	*record = (struct dns_record){
		.type = read16(fixed),
		.class = read16(fixed + 2),
		.ttl = read32(fixed + 4),
		.ttl_at = records->at + 4,
		.data_at = records->at + FIXED_SIZE,
		.length = read16(fixed + 8),
	};
	if (record->length > records->size - record->data_at)
		return false;
	records->at = record->data_at + record->length;
	records->left--;
	records->is_damaged = false;
	return true;
}

bool dns_record_is_end(const struct dns_records *records)
{
	return !records->is_damaged && records->left == 0;
}

uint32_t dns_record_minimum(const struct dns_records *records, const struct dns_record *record)
{
	if (record->length < SOA_MINIMUM)
		return 0;
	return read32(records->message + record->data_at + record->length - 4);
}

void dns_record_set_ttl(uint8_t *message, const struct dns_record *record, uint32_t ttl)
{
	for (int i = 0; i < 4; i++)
		message[record->ttl_at + (size_t)i] = (uint8_t)(ttl >> (24 - 8 * i));
}
