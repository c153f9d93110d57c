#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Every attribute that docs/compatibility.md calls honoured has a test that shows its effect
# (attributes.list says which), and that test really has the attribute in it.

project_dir=$BATS_TEST_DIRNAME/../..

honoured()
{
	sed -n 's/^| `\([^`]*\)` | honoured.*/\1/p' "$project_dir/docs/compatibility.md"
}

@test "each honoured attribute is in the list, and nothing else" {
	diff <(honoured | sort) <(sed -n 's/^\t//p' "$BATS_TEST_DIRNAME/attributes.list" | sort)
}

@test "each test of the list is there and names its attributes" {
	python3 - "$BATS_TEST_DIRNAME" <<-'EOF'
	import os, re, sys

	directory = sys.argv[1]
	tests, problems, body = {}, [], None

	def load(name):
	    path = os.path.join(directory, "../vm" if name.endswith(".sh") else ".", name)
	    found, rest, current = {}, [], None
	    for line in open(path, encoding="utf-8"):
	        match = re.match(r'@test "(.*)" \{$', line) or re.match(r"(test_\w+)\(\)$", line)
	        if match:
	            current = found.setdefault(match[1].replace("\\$", "$"), [])
	        (rest if current is None else current).append(line)
	        if line.startswith("}"):
	            current = None
	    # What helper functions of the file write counts for each of its tests.
	    return {test: "".join(lines + rest) for test, lines in found.items()}

	for line in open(os.path.join(directory, "attributes.list"), encoding="utf-8"):
	    line = line.rstrip("\n")
	    if line.startswith("\t"):
	        word = re.sub(r"\.\*$|\[\]$", "", line.strip()).split(".")[-1].replace("[]", "")
	        if body is not None and not re.search(rf"(^|[^a-z_]){word}([^a-z_]|$)", body, re.M):
	            problems.append(f"{line.strip()}: '{word}' is not in the test '{test}' of {name}")
	    elif line and not line.startswith("#"):
	        name, test = line.split(": ", 1)
	        if name not in tests:
	            tests[name] = load(name)
	        body = tests[name].get(test)
	        if body is None:
	            problems.append(f"{name} has no test '{test}'")
	print("\n".join(problems))
	sys.exit(bool(problems))
	EOF
}
