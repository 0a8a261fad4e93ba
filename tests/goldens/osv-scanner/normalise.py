"""Turns a report of osv-scanner into a golden (tests/goldens/README.md).

python3 normalise.py IMAGE VERSION FOLDER: FOLDER holds IMAGE.json and the advisories it used.
"""

import hashlib
import json
import pathlib
import sys

image, version, folder = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
report = json.loads((folder / f"{image}.json").read_text(encoding="utf-8"))

rows = {}
for result in report["results"]:
    for entry in result["packages"]:
        package = entry["package"]
        name = package.get("os_package_name") or package["name"]
        row = {"ecosystem": package["ecosystem"], "name": name, "version": package["version"]}
        if name != package["name"]:
            row["source"] = package["name"]
        row["advisories"] = sorted(found["id"] for found in entry.get("vulnerabilities", []))
        rows[tuple(row.values())[:-1]] = row

databases = {
    zip_path.parent.name: hashlib.sha256(zip_path.read_bytes()).hexdigest()
    for zip_path in sorted((folder / "osv-scalibr").glob("*/all.zip"))
}
used = {row["ecosystem"].split(":")[0] for row in rows.values()}
databases = {name: digest for name, digest in databases.items() if name in used}

print("{")
print(f' "image": {json.dumps(image)},')
print(f' "tool": {json.dumps("osv-scanner " + version)},')
print(f' "databases": {json.dumps(databases)},')
print(' "packages": [')
ordered = sorted(rows.values(), key=lambda row: [row["ecosystem"], row["name"], row["version"]])
print(",\n".join("  " + json.dumps(row) for row in ordered))
print(" ]")
print("}")
