# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# The unit tests that tests/ports/needs-kernel lists, built for arm64, in an emulated machine: each program is a case.

while read -r program _; do
	case "$program" in
	'' | '#'*) continue ;;
	esac
	eval "test_$(tr / _ <<<"$program")() { '$project/out/aarch64-linux-gnu/tests/$program'; }"
done <"$project/tests/ports/needs-kernel"
