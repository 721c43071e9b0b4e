"""What every page of ours must be, asked of each one that a test fetches."""

import re

import html5lib
from bs4 import BeautifulSoup

# Off gov.uk, an agency must not look like it: no crown, no Transport font, no such words.
_NOT_OURS = re.compile(r"GOV\.UK|GDS Transport|crown|govuk-crest|govuk-header__logotype", re.IGNORECASE)


def check_page(response):
    """The page as a soup, or an AssertionError that says what is wrong with it."""
    text = response.text
    parser = html5lib.HTMLParser(namespaceHTMLElements=False)
    parser.parse(text)
    faults = [(position, html5lib.constants.E[code] % names) for position, code, names in parser.errors]
    assert not faults
    soup = BeautifulSoup(text, "html.parser")
    _one_heading_and_a_title(soup)
    _ids_once_and_found(soup)
    _forms_go_somewhere(soup)
    _scripts_have_the_nonce(soup, response)
    assert not _NOT_OURS.search(text), _NOT_OURS.findall(text)
    assert response.headers["Cache-Control"] == "no-store"
    return soup


def _one_heading_and_a_title(soup):
    headings = soup.find_all("h1")
    assert len(headings) == 1, f"{len(headings)} h1 on the page"
    assert soup.title.string.endswith(" - Teabreak - Sample Agency"), soup.title.string
    faulty = bool(soup.select(".govuk-error-summary"))
    assert soup.title.string.startswith("Error: ") == faulty, soup.title.string
    assert soup.html["lang"] == "en"


def _ids_once_and_found(soup):
    ids = [element["id"] for element in soup.find_all(id=True)]
    twice = {id_ for id_ in ids if ids.count(id_) > 1}
    assert not twice, f"ids that stand twice: {twice}"
    for element in soup.select("[aria-describedby], [aria-labelledby]"):
        for attribute in ("aria-describedby", "aria-labelledby"):
            for named in element.get(attribute, "").split():
                assert named in ids, f"{attribute} names {named}, which is not on the page"
                assert soup.find(id=named).get_text(strip=True), f"{named} is empty"
    for label in soup.select("label[for]"):
        assert label["for"] in ids, f"a label for {label['for']}, which is not on the page"
    for link in soup.select("a[href^='#']"):
        assert link["href"] == "#" or link["href"][1:] in ids, f"{link['href']} leads nowhere"
    for group in soup.find_all("fieldset"):
        assert group.legend is not None, "a fieldset without a legend"
        assert group.legend.get_text(strip=True), "a fieldset with an empty legend"


def _forms_go_somewhere(soup):
    for form in soup.find_all("form"):
        assert form.get("action"), "a form without an address"
        if form.get("method", "get").lower() == "post":
            assert form.find("input", attrs={"name": "csrf_token"}), f"no CSRF token: {form['action']}"
        for control in form.select("input:not([type=hidden]), textarea, select"):
            assert soup.find("label", attrs={"for": control.get("id")}), f"no label: {control}"


def _scripts_have_the_nonce(soup, response):
    policy = response.headers["Content-Security-Policy"]
    for element in soup.find_all(["script", "style"]):
        assert f"'nonce-{element['nonce']}'" in policy
    assert "unsafe-" not in policy
    assert not soup.select("[style]"), "an inline style, which the policy refuses"
    assert not re.search(r"<[^>]+\son[a-z]+=", response.text), "an inline event handler"
