"""Turns `cargo metadata` (standard input), the pinned native parts and the lock file into a CycloneDX list."""

import json
import re
import sys


def checksums(lock):
    """(name, version) of a crate to the SHA-256 in the lock file."""
    found = {}
    for block in lock.split("[[package]]")[1:]:
        fields = dict(re.findall(r'^(name|version|checksum) = "(.*)"$', block, re.M))
        found[fields["name"], fields["version"]] = fields.get("checksum")
    return found


def crate(package, checksum):
    """A crate as a component."""
    name, version = package["name"], package["version"]
    purl = f"pkg:cargo/{name}@{version}"
    component = {"type": "library", "name": name, "version": version, "purl": purl, "bom-ref": purl}
    if package.get("license"):
        component["licenses"] = [{"expression": package["license"].replace("/", " OR ")}]
    if checksum:
        component["hashes"] = [{"alg": "SHA-256", "content": checksum}]
    return component


def native_parts(source):
    """The files that are loaded at run time, as the program pins them."""
    parts = re.findall(r'name: "([^"]+)",\s*sha256: "([0-9a-f]{64})"', source)
    return [
        {"type": "file", "name": name, "bom-ref": f"file:{name}", "hashes": [{"alg": "SHA-256", "content": digest}]}
        for name, digest in parts
    ]


def main(native, lock):
    metadata = json.load(sys.stdin)
    sums = checksums(open(lock, encoding="utf-8").read())
    ours = [p for p in metadata["packages"] if p["source"] is None]
    others = sorted((p for p in metadata["packages"] if p["source"]), key=lambda p: (p["name"], p["version"]))
    shoki = next(p for p in ours if p["name"] == "shoki")
    components = [crate(p, sums.get((p["name"], p["version"]))) for p in others]
    components += native_parts(open(native, encoding="utf-8").read())
    print(
        json.dumps(
            {
                "bomFormat": "CycloneDX",
                "specVersion": "1.5",
                "version": 1,
                "metadata": {"component": {"type": "application", "name": "shoki", "version": shoki["version"]}},
                "components": components,
            },
            ensure_ascii=False,
            indent=1,
        )
    )


main(*sys.argv[1:])
