"""The plain view of a text, and the way back to places in the original."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workflow.checks.register import check_text
from workflow.checks.view import View

# Letters of many kinds, and what people and programs put between them.
TEXTS = st.text(
    st.one_of(
        st.characters(codec="utf-8"),
        st.sampled_from("aé \n\t\u200b\u200d\u00ad\u202e\ufeff\u0301\u0327ﬁ½㎏𝐇🫖\U000e0067’“”–\u00a0\r\x00"),
        st.characters(categories=["Cs"]),
    ),
    max_size=80,
)


@pytest.mark.parametrize(
    ("source", "seen"),
    [
        ("hello", "hello"),
        ("ｈｅｌｌｏ", "hello"),
        ("𝐡𝐞𝐥𝐥𝐨", "hello"),
        ("h\u200be\u200dl\u00adl\u2060o", "hello"),
        ("h\u202eello\u202c", "hello"),
        ("caf\u00e9", "cafe"),
        ("cafe\u0301", "cafe"),
        ("ﬁne ½", "fine 1\u20442"),
        ("“don’t” – now", '"don\'t" - now'),
        ("a\u00a0\u2003 b", "a b"),
        ("a\nb", "a b"),
        ("a\n\nb", "a\nb"),
        ("a\ud800b", "a\ufffdb"),
        ("a\x00b", "ab"),
        ("", ""),
        ("\u200b\u0301", ""),
    ],
)
def test_hidden_and_fancy_letters_read_as_plain_ones(source, seen):
    assert View(source).text == seen


@pytest.mark.parametrize(
    ("source", "passage"),
    [
        ("Ring 07700 900123 now", "07700 900123"),
        ("Ring ０７７００ ９００１２３ now", "０７７００ ９００１２３"),
        ("Ring 07\u200b700\u200d 900\u00ad123 now", "07\u200b700\u200d 900\u00ad123"),
        ("Ring 𝟎𝟕𝟕𝟎𝟎 𝟗𝟎𝟎𝟏𝟐𝟑!", "𝟎𝟕𝟕𝟎𝟎 𝟗𝟎𝟎𝟏𝟐𝟑"),
        ("cafe\u0301 🫖👩‍👩‍👧 07700 900123\u0301", "07700 900123\u0301"),
        ("\u202e07700 900123\u202c", "07700 900123"),
        ("07700   900123", "07700   900123"),
    ],
)
def test_a_number_is_found_however_it_is_disguised_and_marked_where_it_stands(source, passage):
    [finding] = check_text(source)
    assert source[finding.start : finding.end] == passage


@settings(max_examples=400, deadline=None, derandomize=True)
@given(source=TEXTS, data=st.data())
def test_every_passage_of_the_view_leads_to_one_of_the_source(source, data):
    view = View(source)
    if not view.text:
        return
    start = data.draw(st.integers(0, len(view.text) - 1))
    end = data.draw(st.integers(start + 1, len(view.text)))
    first, last = view.original(start, end)
    assert 0 <= first < last <= len(source)
    # What stands there reads, by itself, as what was asked for (or holds it: one letter may read as several).
    assert (
        view.text[start:end].strip() in View(source[first:last]).text.replace("\n", " ") or "\n" in view.text[start:end]
    )


@settings(max_examples=200, deadline=None, derandomize=True)
@given(before=TEXTS, after=TEXTS)
def test_findings_name_passages_inside_the_text_that_hold_what_was_marked(before, after):
    text = f"{before}. Ring 07700 900123 now. {after}"
    found = check_text(text)
    for finding in found:
        assert 0 <= finding.start < finding.end <= len(text)
    start = len(before) + len(". Ring ")
    assert any(f.start <= start and start + len("07700 900123") <= f.end for f in found)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(TEXTS)
def test_around_stays_within_the_sentence_and_the_reach(source):
    view = View(source)
    if len(view.text) < 3:
        return
    middle = len(view.text) // 2
    before, after = view.around(middle, middle + 1, reach=10)
    assert len(before) <= 10
    assert len(after) <= 10
    assert view.text[middle - len(before) : middle + 1 + len(after)] == before + view.text[middle] + after


def test_around_ends_at_the_end_of_a_sentence():
    view = View("First thing. Mr Sample lives here. Last thing.")
    start = view.text.index("Sample")
    assert view.around(start, start + 6) == (" Mr ", " lives here.")
