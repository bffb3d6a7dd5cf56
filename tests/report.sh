#!/usr/bin/env bash
# The report of tools/spectradb-report: what it must have is there, and nothing that a database holds becomes more than text,
# whatever it is: read by Python's parser, and by Chromium where there is one. usage: report.sh MODULE
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/tool.sh"  # begins in a folder of its own
report() { run_tool spectradb-report "$@"; }
refused() {  # WORDS ARGUMENT …
  local words=$1 said
  shift
  if said=$(report "$@" 2>&1); then fail "there is a report of: $*"; fi
  [[ $said == *"$words"* ]] || fail "report $*: $said"
}

shell hostile.db >/dev/null <<'SQL'
PRAGMA synchronous = OFF;
CREATE TABLE "<script>document.title='pwned'</script>" (id TEXT PRIMARY KEY, "a""onmouseover=""document.title='pwned'" TEXT, c) WITH SYSTEM VERSIONING;
CREATE TABLE "]]><img src=x onerror=document.title='pwned'>" (id INTEGER PRIMARY KEY, v) WITH SYSTEM VERSIONING;
SELECT spectradb_ledger('on');
BEGIN;
SELECT spectradb_annotate('author', '</td></table><script>document.title=''pwned''</script>'), spectradb_annotate('reason', '"><svg onload=document.title=''pwned''>'), spectradb_annotate('<b>name', ']]>');
INSERT INTO "<script>document.title='pwned'</script>" VALUES ('<script>document.title=''pwned''</script>', '</style><script>document.title=''pwned''</script>', '<!--'),
  (char(0x202e) || 'evil' || char(0x200b), char(1, 2, 27, 127, 0x85, 0xfeff), x'00ff3c736372'),
  ('&lt;script&gt;', 'javascript:document.title=''pwned''', CAST(x'41ff3c' AS TEXT));
INSERT INTO "]]><img src=x onerror=document.title='pwned'>" VALUES (1, '</script><script>document.title=''pwned''</script>' || replace(hex(zeroblob(300)), '0', '<')) VALID FROM '2020-01-01';
COMMIT;
UPDATE "]]><img src=x onerror=document.title='pwned'>" SET v = NULL;
SELECT spectradb_annotate('<i>later', '<script>document.title=''pwned''</script>', 1);
SELECT spectradb_hold('<script>document.title=''pwned''</script>', '&lt;script&gt;', '<script>document.title=''pwned''</script>', '<img src=x onerror=document.title=''pwned''>');
.once digest
SELECT spectradb_digest();
.once early
SELECT spectradb_digest(1);
SQL
sum=$(cat hostile.db | sha256sum)
report hostile.db -o hostile.html --digest "$(cat early)" | grep -qx 'written: hostile.html'
[ "$sum" = "$(cat hostile.db | sha256sum)" ] || fail "the report has changed the database"

shell hostile.db >/dev/null <<<"SELECT spectradb_erase(']]><img src=x onerror=document.title=''pwned''>', 1, '<script>document.title=''pwned''</script>', '\"''><u>');"
report hostile.db -o erased.html >/dev/null

cat >check.py <<'PYTHON'
import base64, html.parser, json, re, subprocess, sys
path, digest, verifier = sys.argv[1:4]
text = open(path, encoding="utf-8").read()
void = {"meta", "br"}
plain = set("html head meta title style body header h1 h2 p nav a div b dl dt dd section table thead tbody tr th td span bdi time code details summary br i pre".split())
drawn = {"svg", "g", "title", "path", "text", "rect", "circle", "style"}

class Page(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.open, self.links, self.words, self.counts = [], [], [], {}
    def handle_starttag(self, tag, attributes):
        within = "svg" in self.open
        if tag not in (drawn if within or tag == "svg" else plain): sys.exit(f"{path}: there is a <{tag}> at line {self.getpos()[0]}")
        self.counts[tag] = self.counts.get(tag, 0) + 1
        for name, value in attributes:
            allowed = ("class", "id", "href", "download", "charset", "http-equiv", "content", "name", "lang") if not within and tag != "svg" else (
                "xmlns", "class", "role", "aria-label", "width", "height", "viewbox", "d", "x", "y", "cx", "cy", "r")
            if name not in allowed: sys.exit(f"{path}: <{tag} {name}={value!r}>")
            if name == "href":
                if not re.fullmatch(r"#[a-z]+(-\d+)?|data:application/json;base64,[A-Za-z0-9+/=]+", value): sys.exit(f"{path}: a link to {value[:80]}")
                self.links.append(value)
        if tag not in void and not (within and self.get_starttag_text().endswith("/>")): self.open.append(tag)
    def handle_startendtag(self, tag, attributes): self.handle_starttag(tag, attributes)
    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag: sys.exit(f"{path}: </{tag}> at line {self.getpos()[0]} closes nothing")
    def handle_comment(self, data): sys.exit(f"{path}: a comment: {data[:80]}")
    def handle_data(self, data): self.words.append(data)

page = Page()
page.feed(text)
page.close()
if page.open: sys.exit(f"{path}: not closed: {page.open}")
if page.counts.get("svg", 0) != 4: sys.exit(f"{path}: {page.counts.get('svg', 0)} pictures")  # two tables, later notes and acts of holds
words = "".join(page.words)
for known in sys.argv[4:] + [digest, "Reads are not logged.", "<script>document.title='pwned'</script>", "]]><img src=x onerror=document.title='pwned'>", "</td></table>", "<b>name", "U+202Eevil",
                             "U+200B", "U+001B", "U+FEFF", "x'00ff3c736372'".upper()[2:-1]]:
    if known not in words and known.lower() not in words: sys.exit(f"{path}: lacks {known}")
for raw in "\u202e\u200b\x01\x1b\x7f\u0085\ufeff":
    if raw in text: sys.exit(f"{path}: has {raw!r} as it is")
proofs = [base64.b64decode(link.split(",", 1)[1]).decode() for link in page.links if link.startswith("data:")]
for proof in proofs:
    open("proof.json", "w").write(proof)
    subprocess.run([verifier, "proof.json", digest], check=True, stdout=subprocess.DEVNULL)
if len(proofs) < 4: sys.exit(f"{path}: {len(proofs)} proofs")
print(f"{path}: {len(page.links)} links, {len(proofs)} proofs, {sum(page.counts.values())} elements")
PYTHON
python3 check.py hostile.html "$(cat digest)" "$tools/verify_proof.py" "Verified in itself" "against the digest $(cat early), which was given" "<i>later" "late"
# The verifier's way to tell that it fails is none for the report that runs it.
python3 - "$tools/spectradb-report" <<'PYTHON'
import importlib.machinery, importlib.util, sys
sys.dont_write_bytecode = True
loader = importlib.machinery.SourceFileLoader("report", sys.argv[1])
report = importlib.util.module_from_spec(importlib.util.spec_from_loader("report", loader))
sys.modules["report"] = report
loader.exec_module(report)
before = sys.excepthook, list(sys.argv)
assert report.Verifier().says("{}", "spectradb:1:1:" + 64 * "0") is None
assert (sys.excepthook, sys.argv) == before, sys.excepthook
PYTHON
python3 check.py erased.html "$(echo 'SELECT spectradb_digest();' | shell hostile.db)" "$tools/verify_proof.py" "\"'><u>" "done" "erased" "had a fact in table 2 that is erased"

# What is given is asked for; what is no such database is refused.
report hostile.db -o part.html --table "]]><img src=x onerror=document.title='pwned'>" --to 0 >/dev/null
grep -q 'Nothing was changed in that time' part.html || fail "changes of no time"
if grep -q '<tr id="commit-' part.html; then fail "commits of no time"; fi
report hostile.db -o part.html --changes 1 --proofs 0 >/dev/null
grep -q '2 more changes are in' part.html || fail "more changes than wanted"
if grep -q 'data:application/json' part.html; then fail "more proofs than wanted"; fi
refused "has no temporal table nothing" hostile.db --table nothing
refused "there is no database missing.db" missing.db
[ ! -e missing.db ] || fail "a report has made a database"
echo "this is no database, and too long a text to be taken for an empty one" >text.db
refused "text.db: " text.db

# A table that has retired its history is told from its horizon on; a time before that does not keep others from being told.
printf '%s\n' "CREATE TABLE brief (id INTEGER PRIMARY KEY, v) WITH SYSTEM VERSIONING; INSERT INTO brief VALUES (1, 'gone');" \
  "UPDATE brief SET v = 'kept';" "CREATE TABLE whole (id INTEGER PRIMARY KEY, v) WITH SYSTEM VERSIONING; INSERT INTO whole VALUES (1, 'told');" \
  "UPDATE brief SET v = 'last'; SELECT spectradb_retire('brief', 2);" | shell brief.db >/dev/null
report brief.db -o brief.html >/dev/null
for words in last told; do grep -q "$words" brief.html || fail "a table with a horizon: no $words"; done
report brief.db -o before.html --from 1 >/dev/null
for words in 'cannot be told' told 'before commit 2'; do grep -q "$words" before.html || fail "a time before a horizon: no $words"; done

# Somebody who edits the file is named; a table in the place of a function is not asked.
echo "CREATE TABLE t (id INTEGER PRIMARY KEY, v) WITH SYSTEM VERSIONING; INSERT INTO t VALUES (1, 'a');" | shell other.db
report other.db -o other.html >/dev/null
grep -q '<b>There is no ledger</b>' other.html || fail "a database without a ledger"
printf '%s\n' "SELECT spectradb_ledger('on'); INSERT INTO t VALUES (2, 'b'); SELECT spectradb_digest();" | shell other.db | tail -n 1 >digest
printf '%s\n' "UPDATE _spectradb_recent SET time_us = time_us - 86400000000 WHERE commit_no = 2;" | shell other.db
report other.db -o other.html --digest "$(cat digest)" --digest spectradb:1:1:0 >/dev/null
[ "$(grep -o 'commit 2 has another time' other.html | wc -l)" -ge 2 ] || fail "an edit is not told"
grep -q 'Could not be verified' other.html || fail "what is no digest is taken for one"
if grep -q '<b>Verified</b>' other.html; then fail "an edit is verified"; fi
echo "CREATE TABLE spectradb_audit (commit_no, committed_at);" | shell other.db
refused "has a table that is named spectradb_audit" other.db

# Documents that are nested more deeply than Python reads are shown as they are.
shell deep.db >/dev/null <<'SQL'
CREATE TABLE events (pk TEXT PRIMARY KEY);
INSERT INTO events VALUES ('deep', replace(hex(zeroblob(1900)), '00', '[') || replace(hex(zeroblob(1900)), '00', ']'));
INSERT INTO events VALUES ('odd', '{"n": 123456789012345678901234567890, "</script>": "<!--"}');
SQL
report deep.db -o deep.html >/dev/null
for words in '[[[[[[[[[[' '&lt;/script&gt;' '&lt;!--'; do grep -qF "$words" deep.html || fail "documents lack $words"; done
if grep -q '</script>' deep.html; then fail "a document ends a script"; fi

# A browser, without what forbids scripts: nothing has run, and the page is what the parser saw.
browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)
if [ -z "$browser" ]; then
  echo "there is no Chromium: the page was read by Python's parser alone"
  exit 0
fi
sed 's/<meta http-equiv="Content-Security-Policy"[^>]*>//' hostile.html >open.html
cat >control.html <<'HTML'
<!doctype html><title>Audit of nothing</title><script>document.title='pwned'</script>
HTML
title() {
  timeout 120 "$browser" --headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking --disable-component-update \
    --disable-sync --user-data-dir="$work/profile" --dump-dom "file://$work/$1" 2>browser.log | grep -o '<title>[^<]*</title>' | head -n 1
}
if [ "$(title control.html)" != "<title>pwned</title>" ]; then
  tail -n 3 browser.log >&2
  echo "Chromium does not run here: the page was read by Python's parser alone"
  exit 0
fi
[ "$(title open.html)" = "<title>Audit of hostile.db</title>" ] || fail "Chromium: $(title open.html)"
echo "Chromium has run nothing of what is in the database"
