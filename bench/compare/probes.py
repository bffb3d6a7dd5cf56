"""Reads the probes of a peer, peers/NAME.md, and runs them.

A page has a section for each feature, `## NAME` as features.json calls it, `## setup`, which is run before each of them on a new
database, and `## version`, which prints what runs. Of its blocks

- ```sql given``` is what the question is asked of, such as another table with rows;
- ```sql made``` is what somebody has to make before he can ask: its lines are counted;
- ```sql``` is what he asks; ```sql fails``` must fail, which shows that there is no such thing;
- ```text``` behind one of them is what it prints; behind one that fails, where it has to be, a part of the error.

Instead of sql there may be sh, python (Debian's) or js. A section without blocks holds by documentation alone: it says `No:` or `Yes:`, and
has a link. `Partly:` in its first line says what is missing; `As it is.` there that nothing of what setup makes is needed.
"""
import pathlib
import re
import tempfile

import engines

FENCE = re.compile(r"^```(\w+)(?: (given|made|fails))?\n(.*?)^```$", re.S | re.M)


LONGEST = 4  # lines of SQL that still are a question, and nothing made by hand


class Block:
    def __init__(self, language, role, text):
        self.language, self.role, self.text = language, role, text

    def lines(self):
        return sum(1 for line in self.text.splitlines() if line.strip())


class Section:
    def __init__(self, text):
        self.blocks = [Block(*found) for found in FENCE.findall(text)]
        self.prose = FENCE.sub("", text).strip()

    def lines(self, role):
        return sum(block.lines() for block in self.blocks if block.language != "text" and block.role == role)


class Peer:
    def __init__(self, path):
        page = pathlib.Path(path).read_text(encoding="utf-8")
        head, *parts = re.split(r"^## (.+)\n", page, flags=re.M)
        self.key = pathlib.Path(path).stem
        self.name = re.search(r"^# (.+)$", head, re.M).group(1)
        self.engine = re.search(r"^Engine: (\w+)$", head, re.M).group(1)
        self.about = head.split(f"Engine: {self.engine}\n", 1)[1].strip()
        self.sections = {name: Section(text) for name, text in zip(parts[::2], parts[1::2])}
        self.setup = self.sections.pop("setup", Section(""))
        self.asks_version = self.sections.pop("version", Section("")).blocks
        self.version = ""

    def is_run(self):
        return self.engine != "documented"

    def find_version(self, context):
        """Asks what runs here, for the page."""
        with tempfile.TemporaryDirectory() as folder, engines.start(self.engine, folder, context) as engine:
            for block in self.asks_version:
                self.version = engine.run(block.language, block.text)[1].strip()

    def cell(self, feature):
        """What the table says of a feature, which a run of its section has to bear out; None where there is no section."""
        section = self.sections.get(feature)
        if section is None:
            return None
        said = re.match(r"(Partly|No|Yes): ?([^\n]*)", section.prose)
        if not section.blocks:
            if not said or said.group(1) == "Partly" or "](" not in section.prose:
                raise ValueError(f"{self.key}: {feature} has neither a block, nor a link behind No: or Yes:")
            return f"{said.group(1).lower()}, documented"
        asked = [block for block in section.blocks if block.language != "text" and block.role not in ("given", "made")]
        if asked[-1].role == "fails":
            return "no"
        made = section.lines("made")
        if not section.prose.startswith("As it is."):
            made += self.setup.lines("made")
        if made or sum(block.lines() for block in asked if block.language == "sql") > LONGEST:
            return f"by hand: {made + section.lines('')} lines"
        return f"partly: {said.group(2).rstrip('.')}" if said and said.group(1) == "Partly" else "yes"

    def run(self, feature, context):
        """A line for each thing that is not as its section says."""
        with tempfile.TemporaryDirectory() as folder, engines.start(self.engine, folder, context) as engine:
            for block in self.setup.blocks:
                done, output = engine.run(block.language, block.text)
                if not done:
                    return [f"{self.key}: setup fails: {output}"]
            return list(wrong_in(f"{self.key}: {feature}", self.sections[feature].blocks, engine))


def wrong_in(name, blocks, engine):
    output, role = "", ""
    for number, block in enumerate(blocks):
        if block.language == "text":
            expected = block.text.rstrip("\n")
            if expected not in output if role == "fails" else expected != output:
                yield f"{name}: prints\n{output}\nand not\n{expected}"
            continue
        role = block.role
        done, output = engine.run(block.language, block.text)
        output = output.rstrip("\n")
        if role == "fails" and [one.language for one in blocks[number + 1 : number + 2]] != ["text"]:
            yield f"{name}: it does not say what the error is"
        if done == (role == "fails"):
            yield f"{name}: {'works' if done else 'fails: ' + output}:\n{block.text}"
