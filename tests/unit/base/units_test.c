/* SPDX-License-Identifier: Apache-2.0 */
#include "base/units.h"

#include "base/error.h"
#include "tests/harness/harness.h"

#include <string.h>

TEST(sizes_are_powers_of_1024_in_any_case)
{
	static const struct {
		const char *text;
		int64_t bytes;
	} cases[] = {{"0", 0},		{"512", 512},	      {"512b", 512},
		     {"1k", 1024},	{"1KB", 1024},	      {"1KiB", 1024},
		     {"64m", 64 << 20}, {"1.5g", 1610612736}, {"2 GB", INT64_C(2) << 30},
		     {"-1", -1}};
	int64_t bytes;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CHECK(units_parse_size(&bytes, cases[i].text, NULL) == 0);
		CHECK_INT(bytes, cases[i].bytes);
	}
}

TEST(wrong_sizes_are_refused)
{
	static const char *const cases[] = {"",	   "m",	   "1x",  "1mm",	  "0x10", "1e3",
					    "-5m", "9e99", "inf", "99999999999t", "1bb",  "1ib"};
	int64_t bytes;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		CHECK(units_parse_size(&bytes, cases[i], NULL) < 0);
}

TEST(durations_read_and_print_as_go_does)
{
	static const struct {
		const char *text, *printed;
		int64_t ns;
	} cases[] = {{"90s", "1m30s", INT64_C(90000000000)},
		     {"1.5h", "1h30m0s", INT64_C(5400000000000)},
		     {"250ms", "250ms", INT64_C(250000000)},
		     {"1m0.5s", "1m0.5s", INT64_C(60500000000)},
		     {"2d", "48h0m0s", INT64_C(172800000000000)},
		     {"0", "0s", 0},
		     {"15us", "15µs", 15000}};
	int64_t ns;
	char text[40];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CHECK(units_parse_duration(&ns, cases[i].text, NULL) == 0);
		CHECK(ns == cases[i].ns);
		CHECK_TEXT(units_format_duration(text, sizeof(text), ns), cases[i].printed);
	}
	CHECK(units_parse_duration(&ns, "10", NULL) < 0);
	CHECK(units_parse_duration(&ns, "10 s", NULL) < 0);
	CHECK(units_parse_duration(&ns, "s", NULL) < 0);
	CHECK(units_parse_duration(&ns, "999999999999h", NULL) < 0);
}

TEST(numbers_reach_from_end_to_end_and_never_wrap)
{
	static const char *const refused[] = {"9223372036854775808",
					      "-9223372036854775809",
					      "18446744073709551615",
					      "-18446744073709551615",
					      "--1",
					      "-",
					      ""};
	int64_t number;

	CHECK(units_parse_int(&number, "-9223372036854775808", INT64_MIN, INT64_MAX, NULL) == 0);
	CHECK_INT(number, INT64_MIN);
	CHECK(units_parse_int(&number, "9223372036854775807", INT64_MIN, INT64_MAX, NULL) == 0);
	CHECK_INT(number, INT64_MAX);
	CHECK(units_parse_int(&number, "-9223372036854775808", INT64_MIN + 1, 0, NULL) < 0);
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		CHECK(units_parse_int(&number, refused[i], INT64_MIN, INT64_MAX, NULL) < 0);
}

TEST(ids_are_full_32_bit_and_never_wrap)
{
	static const char *const refused[] = {"-1",  "4294967295", "4294967296",
					      "+1",  " 1",	   "1 ",
					      "0x0", "",	   "18446744073709551616"};
	uint32_t id;

	CHECK(units_parse_id(&id, "4294967294", NULL) == 0);
	CHECK(id == 4294967294u);
	CHECK(units_parse_id(&id, "2147483648", NULL) == 0);
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		CHECK(units_parse_id(&id, refused[i], NULL) < 0);
}

TEST(modes_are_octal)
{
	unsigned mode;

	CHECK(units_parse_mode(&mode, "0440", NULL) == 0);
	CHECK_INT(mode, 0440);
	CHECK(units_parse_mode(&mode, "0o1777", NULL) == 0);
	CHECK_INT(mode, 01777);
	CHECK(units_parse_mode(&mode, "8", NULL) < 0);
	CHECK(units_parse_mode(&mode, "17777", NULL) < 0);
}

TEST(times_round_trip_and_offsets_count)
{
	struct timespec time, again;
	char text[UNITS_TIME_SIZE];

	CHECK(units_parse_time(&time, "2026-01-02T03:04:05.000000006Z", NULL) == 0);
	CHECK_TEXT(units_format_time(text, &time), "2026-01-02T03:04:05.000000006Z");
	CHECK(units_parse_time(&again, "2026-01-02T05:04:05.000000006+02:00", NULL) == 0);
	CHECK(again.tv_sec == time.tv_sec && again.tv_nsec == time.tv_nsec);
	CHECK(units_parse_time(&time, "2026-01-02", NULL) < 0);
}

TEST(nanoseconds_become_milliseconds_and_unset_stays_unset)
{
	CHECK_INT(units_milliseconds(1500 * MILLISECOND + 1), 1500);
	CHECK_INT(units_milliseconds(0), 0);
	CHECK_INT(units_milliseconds(INT64_MIN), -1);
	CHECK_INT(units_milliseconds(INT64_MAX), INT64_MAX / 1000000);
}
