"""Holds schema.json of a folder against the files beside it: good-* must meet it, bad-* must not."""

import json
import pathlib
import sys

import jsonschema

folder = pathlib.Path(sys.argv[1])
schema = json.loads((folder / "schema.json").read_text())
jsonschema.Draft7Validator.check_schema(schema)
validator = jsonschema.Draft7Validator(schema)

wrong = 0
checked = 0
for path in sorted(folder.glob("*-*.json")):
    errors = list(validator.iter_errors(json.loads(path.read_text())))
    checked += 1
    if path.name.startswith("good-"):
        for error in errors:
            print(f"{path.name}: /{'/'.join(map(str, error.absolute_path))}: {error.message[:300]}")
            for part in error.context or []:
                print(f"    /{'/'.join(map(str, part.absolute_path))}: {part.message[:200]}")
        wrong += bool(errors)
    elif not errors:
        print(f"{path.name}: is accepted")
        wrong += 1
if checked == 0:
    print("nothing to check")
sys.exit(1 if wrong or not checked else 0)
