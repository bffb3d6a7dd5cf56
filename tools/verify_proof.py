#!/usr/bin/env python3
"""Says what is proven by spectradb_proof() or spectradb_consistency() (docs/ledger.md), or fails and says what is not.
usage: verify_proof.py PROOF.json DIGEST      DIGEST: one that was published, spectradb:COMMIT:ENTRIES:ROOT"""
import datetime, hashlib, json, struct, sys
def leaf(*parts): return hashlib.sha256(b"".join((b"\0",) + parts)).digest()
def node(left, right): return hashlib.sha256(b"\1" + left + right).digest()
def path(proof): return [bytes.fromhex(text) for text in proof["path"]]
def number(data, signed=False): return int.from_bytes(data, "big", signed=signed)
def time(us): return str(datetime.datetime(1970, 1, 1) + datetime.timedelta(microseconds=us))
def need(condition, what): condition or sys.exit("NOT PROVEN: " + what)
def stop(what): sys.exit(print("verify_proof.py: " + what, file=sys.stderr) or 2)  # there is nothing to prove
def root_of(hash, place, count, path):  # RFC 9162, 2.1.3.2
    need(0 <= place < count, "a leaf lies outside its tree"); last = count - 1
    for other in path:
        need(last > 0, "a path is too long")
        if place % 2 or place == last:
            hash = node(other, hash)
            while place % 2 == 0 and place: place, last = place // 2, last // 2
        else: hash = node(hash, other)
        place, last = place // 2, last // 2
    need(last == 0, "a path is too short"); return hash
def consistent(first, old_root, second, new_root, path):  # RFC 9162, 2.1.4.2
    if first == second: return not path and old_root == new_root
    if not 0 < first < second or not path: return False
    path, fn, sn = [old_root] * (first & (first - 1) == 0) + path, first - 1, second - 1
    while fn % 2: fn, sn = fn // 2, sn // 2
    fr = sr = path[0]
    for c in path[1:]:
        if sn == 0: return False
        if fn % 2 or fn == sn:
            fr, sr = node(c, fr), node(c, sr)
            while fn % 2 == 0 and fn: fn, sn = fn // 2, sn // 2
        else: sr = node(sr, c)
        fn, sn = fn // 2, sn // 2
    return fr == old_root and sr == new_root and sn == 0
def digest(text):
    name, commit, entries, root = text.split(":")
    if name != "spectradb" or len(root) != 64: raise ValueError(text)
    return int(commit), int(entries), bytes.fromhex(root)
def record_of(entry, entries, root):  # docs/format.md, "The ledger"
    record = bytes.fromhex(entry["record"]); hash = leaf(bytes.fromhex(entry["before"]), record)
    need(root_of(hash, entry["number"] - 1, entries, path(entry)) == root, "an entry is not in the digest's history")
    return record
def varint(data, at, shift=0, value=0):
    while True:
        value, at, shift = value | (data[at] & 127) << shift, at + 1, shift + 7
        if data[at - 1] < 128: return value, at
def values(data, at):  # docs/format.md, "Rows"
    shown = []
    while at < len(data):
        kind, at = varint(data, at)
        size = {3: 1, 4: 2, 5: 3, 6: 4, 7: 6, 8: 8, 9: 8, 10: 1}.get(kind, max(kind - 16, 0) // 2)
        part, at = data[at:at + size], at + size
        if kind < 3: shown.append((None, 0, 1)[kind])
        elif kind < 9: shown.append(number(part, True))
        elif kind == 9: shown.append(struct.unpack(">d", part)[0])
        elif kind == 10: shown.append("(of key column %d:)" % part[0])
        else: shown.append(part.decode("utf-8", "replace") if kind % 2 else part.hex())
    return shown
def fact_of(value):  # docs/format.md, "Facts"
    flags, at, since, until, unit = value[0], 1, 0, None, (1, 10**6, 86400 * 10**6)[value[0] >> 5 & 3]
    if flags & 2: since, at = varint(value, at)
    since = (since >> 1 ^ -(since & 1)) * unit
    if flags & 4: until, at = varint(value, at)
    if flags & 4: until = since + until * unit if flags & 2 else (until >> 1 ^ -(until & 1)) * unit
    period = ", valid from %s to %s" % (time(since) if flags & 2 else "ever", time(until) if flags & 4 else "ever")
    return ("deleted" if flags & 1 else "encrypted" if value[at:at + 1] == b"\x0b" else repr(values(value, at))) + (period if flags & 6 else "")
if len(sys.argv) != 3: stop("it takes a proof and a digest: verify_proof.py PROOF.json spectradb:COMMIT:ENTRIES:ROOT")
try: proof = json.load(open(sys.argv[1]))
except (OSError, ValueError) as error: stop("%s cannot be read as a proof: %s" % (sys.argv[1], error))
try: commit, entries, root = digest(sys.argv[2])
except ValueError: stop("'%s' is no digest, which has the form spectradb:COMMIT:ENTRIES:ROOT" % sys.argv[2])
sys.excepthook = lambda kind, error, trace: print("NOT PROVEN: the proof is damaged: %r" % error, file=sys.stderr)
need(proof.get("digest", sys.argv[2]) == sys.argv[2], "the proof is of another digest")
if "earlier" in proof:
    old, new = digest(proof["earlier"]), digest(proof["later"])
    need((commit, entries, root) in (old, new), "the proof is of other digests")
    need(consistent(old[1], old[2], new[1], new[2], path(proof)), "the later history is not the earlier one and more")
    sys.exit(print("proven: the history up to commit %d goes on from that up to commit %d" % (new[0], old[0])))
record = record_of(proof["commit"], entries, root)
need(record[:1] == b"c" and (proof["facts"] or proof.get("erased")), "the proof is of no commit, or of no fact")
at = 18 + 8 * record[17]; at += 5 + 32 * record[at]
parts = {record[i:i + 4]: (number(record[i + 4:i + 12]), record[i + 12:i + 44]) for i in range(at, len(record), 44)}
when = "proven: commit %d, of %s, " % (number(record[1:9]), time(number(record[9:17], True)))
def known(fact, hash, id): return (fact["count"], root_of(hash, fact["place"], fact["count"], path(fact))) == parts.get(id)
for fact in proof["facts"]:
    key, value = bytes.fromhex(fact["key"]), bytes.fromhex(fact["value"])
    head = bytes.fromhex(fact["salt"]) + record[1:9] + struct.pack(">II", fact["ordinal"], len(key))
    need(known(fact, leaf(head, key, value), key[:4]), "a fact is not in its commit")
    print(when + "wrote of key %s in table %d: %s" % (key[4:].hex(), number(key[:4]), fact_of(value)))
for fact in proof.get("erased", []):  # which fact it was, and what "erasure" says, nobody can prove
    key = struct.pack(">I", fact["table_id"])
    need(known(fact, bytes.fromhex(fact["leaf"]), key), "an erased fact was not in its commit")
    print(when + "had a fact in table %d that is erased; not proven: %s" % (number(key), json.dumps(fact["erasure"])))
if proof["table"]:
    table, (name, text) = proof["table"], (bytes.fromhex(proof["table"][part]) for part in ("name", "text"))
    hash = leaf(b"t", key[:4], struct.pack(">I", len(name)), name, text)
    defined = record_of(table["proof"], entries, root); same = root_of(hash, table["place"], table["count"], path(table)) == defined[9:]
    need(same and table["proof"]["number"] < proof["commit"]["number"], "the table is another one")
    print("proven: table %d was defined behind commit %d: %s" % (number(key[:4]), number(defined[1:9]), repr(text.decode())[1:-1]))
