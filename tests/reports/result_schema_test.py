"""Checks reports/result.schema.json with a validator of its own: it accepts what the program
writes, and rejects it as soon as any key is missing or has another type.

Usage: result_schema_test.py SCHEMA PROGRAM   (needs the package python3-jsonschema)
"""
import copy
import json
import subprocess
import sys

import jsonschema


def places(value, path=()):
    """Every key of every object in `value`, the first element standing for its array."""
    if isinstance(value, dict):
        for key in value:
            yield path + (key,)
            yield from places(value[key], path + (key,))
    elif isinstance(value, list) and value:
        yield from places(value[0], path + (0,))


def parent_of(document, path):
    for step in path[:-1]:
        document = document[step]
    return document


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        schema = json.load(file)
    result = json.loads(subprocess.run([sys.argv[2]], check=True, capture_output=True).stdout)

    jsonschema.Draft7Validator.check_schema(schema)
    validator = jsonschema.Draft7Validator(schema)
    for error in validator.iter_errors(result):
        sys.exit(f"rejected what the program writes: {list(error.path)}: {error.message}")

    checked = 0
    for path in places(result):
        if path[0] == "config" and len(path) > 1:
            continue  # a scenario has its own schema
        without = copy.deepcopy(result)
        del parent_of(without, path)[path[-1]]
        if validator.is_valid(without):
            sys.exit(f"accepted a result without {path}")
        if path[0] != "config":
            wrong = copy.deepcopy(result)
            parent_of(wrong, path)[path[-1]] = {"of": "another type"}
            if validator.is_valid(wrong):
                sys.exit(f"accepted a wrong type at {path}")
        checked += 1
    if checked < 150:
        sys.exit(f"the sample has only {checked} keys: too few to mean anything")
    print(f"{checked} keys checked")


main()
