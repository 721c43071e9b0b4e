"""Words and people in pictures, read in a process of their own that hostile pictures cannot hold."""

import io
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PIL import Image

from tests.pictures import face, jpeg, poster
from workflow.checks.pictures import reading, worker
from workflow.checks.pictures.reading import PictureReader
from workflow.checks.pictures.seen import Seen, seen_of

SLOW = "import sys, time\nsys.stdin.buffer.readline()\ntime.sleep(600)"
DEAD = "import os, sys\nsys.stdin.buffer.readline()\nos._exit(139)"
LOUD = "import sys\nwhile True: sys.stdout.write('x' * 1_000_000)"


@pytest.fixture(scope="module")
def reader():
    with PictureReader(words_seconds=300, people_seconds=300, all_seconds=3000) as reader:
        yield reader


def png(image):
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def test_words_are_read_where_they_stand(reader):
    lines = ("Missing your bin lid?", "Ring Sample Helper on 07700 900123", "Mae'r llyfrgell ar agor")
    seen = reader.read(jpeg(poster(*lines)))
    assert seen.text.splitlines() == list(lines)
    assert seen.faces == ()
    start = seen.text.index("07700")
    [(left, top, width, height)] = seen.boxes_of(start, start + len("07700 900123"))
    # Drawn 80 points from the left, in the second line, at the end of it.
    assert 0.4 < left < 0.65
    assert 0.15 < top < 0.27
    assert 0.15 < width < 0.4
    assert 0.05 < height < 0.13


def test_a_passage_over_two_lines_has_two_boxes(reader):
    seen = reader.read(jpeg(poster("Ring Sample", "Helper today")))
    assert len(seen.boxes_of(0, len(seen.text))) == 2


def test_faces_are_found_where_they_are(reader):
    seen = reader.read(jpeg(face()))
    [found] = seen.faces
    left, top, width, height = found.box
    # The portrait stands from 400, 100 to 700, 400 of 800 by 600 points.
    assert 0.5 < left < left + width < 0.875
    assert 100 / 600 < top < top + height < 400 / 600
    assert seen.lines == ()


def test_two_people_are_two(reader):
    image = face(size=(1000, 600))
    image.paste(face(size=(320, 400), at=(10, 50)), (0, 0))
    assert len(reader.read(jpeg(image)).faces) == 2


def test_a_picture_without_words_and_people_has_none(reader):
    assert reader.read(jpeg(Image.new("RGB", (400, 300), "#0b4a6f"))) == Seen((), (), {})


@pytest.mark.parametrize("name", ["words", "people"])
def test_only_a_picture_of_one_colour_is_not_looked_at(name, monkeypatch):
    """To load a reader takes seconds."""
    seen = Seen(lines=(), faces=())
    asked = []
    monkeypatch.setitem(worker.READERS, name, lambda image: asked.append(image) or seen)
    bare, dotted = Image.new("RGB", (400, 300), "#0b4a6f"), Image.new("RGB", (400, 300), "#0b4a6f")
    dotted.putpixel((399, 299), (11, 74, 112))
    for image in (bare, dotted):
        content = png(image)
        assert "fault" not in worker.answer({"reader": name, "size": len(content)}, io.BytesIO(content))
    assert len(asked) == 1


def test_small_and_long_pictures_are_read(reader):
    small = reader.read(png(poster("Sample Hall", size=(220, 60), at=(10, 10), points=22)))
    assert small.text == "Sample Hall"
    long = Image.new("RGB", (700, 7000), "#0b4a6f")
    for number in range(7):
        long.paste(poster(f"Message number {number}", size=(700, 100), at=(20, 20), points=28), (0, 500 + 950 * number))
    read = reader.read(png(long)).text
    assert [f"number {number}" in read for number in range(7)] == [True] * 7


def test_words_on_nothing_are_read(reader):
    image = Image.new("RGBA", (600, 200), (0, 0, 0, 0))
    image.paste((0, 0, 0, 255), mask=poster("Sample Hall", size=(600, 200), colour="black", at=(20, 60)).convert("L"))
    assert reader.read(png(image)).text == "Sample Hall"


@pytest.mark.parametrize(
    "size", [(20_000, 1), (1, 20_000), (1, 1), (3, 5000)], ids=lambda size: f"{size[0]} by {size[1]}"
)
def test_odd_shapes_are_looked_at(reader, size):
    seen = reader.read(png(Image.new("RGB", size, "white")))
    assert (seen.lines, seen.faces, seen.faults) == ((), (), {})


@pytest.mark.parametrize("content", [b"", b"no picture", jpeg(poster("Sample"))[:300]], ids=["empty", "no", "cut"])
def test_what_is_no_picture_is_a_fault_and_the_next_is_read(reader, content):
    seen = reader.read(content)
    assert (seen.lines, seen.faces) == (None, None)
    assert set(seen.faults) == {"words", "people"}
    assert reader.read(jpeg(poster("Sample Hall"))).text == "Sample Hall"


def test_a_picture_of_too_many_points_is_not_opened(reader):
    huge = png(Image.new("1", (9000, 9000)))
    assert len(huge) < 100_000
    assert "DecompressionBomb" in reader.read(huge).faults["words"]


@pytest.fixture
def another_worker(monkeypatch):
    """`another_worker(code)`: that program in the place of our own."""
    return lambda code: monkeypatch.setattr(reading, "_COMMAND", (sys.executable, "-c", code))


@pytest.mark.parametrize("size", [10, 3_000_000], ids=["small", "more than a pipe holds"])
def test_a_reader_that_hangs_is_ended(another_worker, size):
    another_worker(SLOW)
    with PictureReader(words_seconds=0.5, people_seconds=0.5) as reader:
        seen = reader.read(b"x" * size)
        assert seen.faults == dict.fromkeys(("words", "people"), "its reader took more than 0.5 seconds")


def test_all_pictures_together_have_a_limit(another_worker):
    another_worker(SLOW)
    with PictureReader(all_seconds=0.5) as reader:
        assert reader.read(b"x").faults == {
            "words": "its reader took more than 0.5 seconds",
            "people": "the pictures of this post took more than 0.5 seconds",
        }


@pytest.mark.parametrize("code", [DEAD, LOUD], ids=["crashes", "says too much"])
def test_a_reader_that_breaks_down_is_a_fault(another_worker, code):
    another_worker(code)
    with PictureReader() as reader:
        assert reader.read(b"x").faults == dict.fromkeys(("words", "people"), "its reader broke down")


def test_a_reader_that_cannot_be_started_is_a_fault(monkeypatch):
    monkeypatch.setattr(reading, "_COMMAND", ("/nowhere/python",))
    with PictureReader() as reader:
        assert reader.read(b"x").faults["words"] == "its reader could not be started (FileNotFoundError)"


def test_the_reader_goes_with_its_user():
    with PictureReader() as reader:
        reader.read(b"x")
        process = reader._process
        assert process.poll() is None
    assert process.poll() is not None


def _lives(process):
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_reader_that_hangs_goes_where_its_user_was_killed():
    hangs = (
        "import time; from workflow.checks.pictures import worker; "
        "worker.answer = lambda request, source: time.sleep(600); worker.main()"
    )
    code = (
        "import os, sys, threading, time\nfrom workflow.checks.pictures import reading\n"
        f"reading._COMMAND = (sys.executable, '-c', {hangs!r})\n"
        "reader = reading.PictureReader()\nthreading.Thread(target=reader.read, args=(b'x',), daemon=True).start()\n"
        "while reader._process is None: time.sleep(0.01)\n"
        "print(reader._process.pid, flush=True)\nos.kill(os.getpid(), 9)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    worker = int(done.stdout)
    deadline = time.monotonic() + 120
    while _lives(worker):
        assert time.monotonic() < deadline, "it stays"
        time.sleep(0.05)


def test_the_worker_sees_no_secrets(another_worker, monkeypatch):
    monkeypatch.setenv("TEABREAK_SECRET_KEY", "sample-secret")
    another_worker(
        "import json, os, sys\nfor _ in sys.stdin.buffer:\n"
        "    print(json.dumps({'fault': ' '.join(os.environ)}), flush=True)"
    )
    with PictureReader() as reader:
        assert "PATH" in reader.read(b"x").faults["words"]
        assert "TEABREAK" not in reader.read(b"x").faults["people"]


def test_models_come_with_the_packages_and_nothing_is_downloaded(tmp_path):
    """In the worker no connection can be made, and none is tried, from the first import on."""
    code = (
        "import io, json, sys\n"
        "tried = []\n"
        "def hook(event, arguments):\n"
        "    if event in ('socket.connect', 'socket.getaddrinfo', 'socket.gethostbyname'):\n"
        "        tried.append(event)\n"
        "        raise OSError('no network')\n"
        "sys.addaudithook(hook)\n"
        "from workflow.checks.pictures.worker import READERS, opened\n"
        "content = sys.stdin.buffer.read()\n"
        "seen = {name: reader(opened(content)).as_json() for name, reader in READERS.items()}\n"
        "print(json.dumps([seen, tried]))"
    )
    image = face(size=(900, 600))
    image.paste(poster("Sample Hall", size=(380, 200), at=(20, 20)), (0, 0))
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", code], input=jpeg(image), capture_output=True, check=True, env=environment
    )
    seen, tried = json.loads(done.stdout)
    assert tried == []
    assert seen_of(seen["words"]).text == "Sample Hall"
    assert len(seen_of(seen["people"]).faces) == 1


def test_the_worker_is_shut_in():
    code = (
        "import os, socket, subprocess\nfrom workflow.checks.pictures.worker import shut_in\nshut_in()\n"
        "for wish in (lambda: socket.create_connection(('127.0.0.1', 9)), lambda: subprocess.run(['true']),\n"
        "             lambda: os.system('true')):\n"
        "    try:\n        wish()\n    except PermissionError:\n        print('refused')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["refused"] * 3


def test_the_check_of_words_loads_none_of_it():
    code = (
        "import sys\nimport workflow.cli, workflow.app\nfrom workflow.checks.register import check_text\n"
        "check_text('Sample')\nprint(sorted({'cv2', 'rapidocr'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
