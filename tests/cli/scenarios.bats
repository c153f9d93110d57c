#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Each of Docker Compose's scenarios has a test (scenarios.list says which), and each test of the files
# that were written for them shows one.

here=$BATS_TEST_DIRNAME

listed()
{
	grep -v '^[#	]' "$here/scenarios.list" | sed '/^$/d'
}

@test "each test of the list is there, with a scenario below it" {
	local file title missing=''
	while IFS= read -r line; do
		file=${line%%: *} title=${line#*: }
		grep -qxF "@test \"$title\" {" "$here/$file" || missing+="$line"$'\n'
	done < <(listed)
	[ -z "$missing" ] || { echo "not there:" "$missing"; false; }
	awk '/^#/ {next} /^\t/ {has = 1; next} /^$/ {next} {if (line != "" && !has) {print "no scenario: " line; bad = 1}; line = $0; has = 0} END {exit bad}' "$here/scenarios.list"
	[ -z "$(grep $'^\t' "$here/scenarios.list" | sort | uniq -d)" ]
}

@test "each test of scenarios_*.bats is in the list" {
	diff <(cd "$here" && grep -H '^@test' scenarios_*.bats | sed 's/:@test "/: /; s/" {$//' | sort) \
		<(listed | grep '^scenarios_' | sort)
}
