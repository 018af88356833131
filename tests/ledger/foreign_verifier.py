"""Check a bundle with nothing but Python: written from the description of the format in the README.

``python foreign_verifier.py RUN.zip [PLACE:HASH]`` prints what does not hold. Imports nothing of Workbench.
"""

import hashlib
import hmac
import json
import sys
import zipfile


def canonical(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def lines(content: bytes) -> list[str]:
    return [line for line in content.decode().split("\n") if line]


def check(path: str, noted: str = "") -> list[str]:
    """Give what does not hold, in sentences."""
    try:
        with zipfile.ZipFile(path) as file:
            files = {name: file.read(name) for name in file.namelist()}
            twice = len(files) != len(file.namelist())
        manifest = json.loads(files["manifest.json"])
        return [*(["a file stands there twice"] if twice else []), *faults(manifest, files, noted)]
    except Exception as odd:
        return [f"it cannot be read: {type(odd).__name__}"]


def faults(manifest: dict, files: dict[str, bytes], noted: str) -> list[str]:
    found = [] if canonical(manifest) == files["manifest.json"] else ["the manifest is not canonical"]
    if manifest["v"] != 1:
        return ["the format is not 1"]
    if set(files) - {"manifest.json", "manifest.sig"} != set(manifest["files"]):
        found.append("the files are not those of the manifest")
    for name, digest in manifest["files"].items():
        if hashlib.sha256(files.get(name, b"")).hexdigest() != digest:
            found.append(f"{name} was altered")

    place, before = manifest["start"]["seq"], manifest["start"]["hash"]
    entries, passed = {}, [f"{place}:{before}"]
    for line in lines(files["ledger.txt"]):
        told, entry = line.split(" ", 1)
        place, before = place + 1, hashlib.sha256(bytes.fromhex(before) + entry.encode()).hexdigest()
        whole = json.loads(entry)
        if told != before or whole["seq"] != place or whole["v"] != 1 or canonical(whole) != entry.encode():
            return [*found, f"entry {place} does not follow from the one before"]
        entries[place] = whole
        passed.append(f"{place}:{before}")
    if manifest["head"] != {"seq": place, "hash": before}:
        found.append("the ledger does not end with the head of the manifest")
    if noted and noted not in passed:
        found.append("the chain does not pass through the head that was noted")

    found += record_faults(manifest, files, entries)
    for line in lines(files["values.txt"]):
        seq, salt, text = line.split(" ", 2)
        digest = hmac.digest(bytes.fromhex(salt), text.encode(), "sha256").hex()
        if entries.get(int(seq), {"private": {}})["private"].get(json.loads(text)[0]) != digest:
            found.append(f"a value of entry {seq} does not fit its digest")
    return found


def record_faults(manifest: dict, files: dict[str, bytes], entries: dict[int, dict]) -> list[str]:
    record = files.get("record/record.json")
    if record is None:
        return []
    ran = [e["body"] for e in entries.values() if e["kind"] == "ran"]
    if hashlib.sha256(record).hexdigest() not in [b["record"] for b in ran if b["run_id"] == manifest["run"]]:
        return ["the run's record is not the one that the ledger sealed"]
    kept = {name: files.get(f"record/{name}") for name in json.loads(record)["files"]}
    return [
        f"record/{name} is not what the run's record says"
        for name, digest in json.loads(record)["files"].items()
        if name not in manifest["left_out"] and hashlib.sha256(kept[name] or b"").hexdigest() != digest
    ]


if __name__ == "__main__":
    told = check(*sys.argv[1:3])
    print("\n".join(told) or "It holds.")
    sys.exit(bool(told))
