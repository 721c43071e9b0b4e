"""Each house check on style and links: what it marks, exactly, and what it lets be."""

import pytest

from workflow.checks.house.hashtags import camel_case
from workflow.checks.house.reader import MOST, check_house
from workflow.checks.house.reading import age, sentences


def marked(check, text):
    """The passages that one check marks."""
    return [text[one.start : one.end] for one in check_house(text) if one.source == f"house:{check}"]


def fixes(check, text):
    return [one.fix for one in check_house(text) if one.source == f"house:{check}"]


def repeated(words, times):
    return " ".join([words] * times)


@pytest.mark.parametrize(
    ("written", "better"),
    [
        ("savethelibrary", "SaveTheLibrary"),
        ("Savethelibrary", "SaveTheLibrary"),
        ("SAVETHELIBRARY", "SaveTheLibrary"),
        ("binday", "BinDay"),
        ("binday2026", "BinDay2026"),
        ("SamplevilleBinday", "SamplevilleBinDay"),
        ("childrenslibrary", "ChildrensLibrary"),
        ("thankyounhs", "ThankYouNHS"),
        ("mentalhealthawarenessweek", "MentalHealthAwarenessWeek"),
        ("save_the_library", "save_the_library"),
    ],
)
def test_a_hashtag_of_certain_words_gets_its_capitals(written, better):
    assert camel_case(written) == better


@pytest.mark.parametrize(
    "tag",
    [
        *("SaveTheLibrary", "NHS", "nhs", "recycling", "nowhere", "therapist", "volunteers", "A6114", "2026", "eid"),
        # Towns, networks and made-up names: their letters read as two words, and are one.
        *("newcastle", "blackpool", "redcar", "morecambe", "littlehampton", "sevenoaks", "redditch", "hebdenbridge"),
        *("facebook", "bluesky", "whatsapp", "parkrun", "marlbridge", "porthgwen", "qwertyuiopas", "llanfairpwll"),
    ],
)
def test_what_is_or_may_be_one_word_is_left_alone(tag):
    assert camel_case(tag) == tag
    assert marked("hashtags", f"Words #{tag} more") == []


def test_a_hashtag_is_marked_with_its_sign_and_the_fix_says_how_to_write_it():
    text = "🎉 See you there #savethelibrary, and #recycling!"
    assert marked("hashtags", text) == ["#savethelibrary"]
    assert "“#SaveTheLibrary”" in fixes("hashtags", text)[0]
    assert marked("hashtags", "https://www.agency.example/page#savethelibrary") == []


def test_few_emoji_are_fine_and_the_first_too_many_is_marked():
    assert marked("emoji", "Fair 🌞 day 🌞 by 🌊 the sea 🚲") == []
    assert marked("emoji", "a 🌞 b 🌊 c 🚲 d 🏖️ e 👩‍👩‍👧‍👦 f 🌈") == ["👩‍👩‍👧‍👦"]


def test_flags_families_and_skin_colours_are_one_emoji_each():
    assert marked("emoji", "🇬🇧 👩‍👩‍👧‍👦 ☝🏽 🏴󠁧󠁢󠁷󠁬󠁳󠁿") == []


def test_the_same_emoji_three_times_in_a_row_is_marked_as_one_run():
    assert marked("emoji", "Open today 🎉🎉🎉 all day") == ["🎉🎉🎉"]
    assert marked("emoji", "Open today 🎉🎉 all day ©©© ###") == []


@pytest.mark.parametrize(
    ("text", "passage", "plain"),
    [
        ("Come to the 𝐒𝐚𝐦𝐩𝐥𝐞 𝐃𝐚𝐲! Today", "𝐒𝐚𝐦𝐩𝐥𝐞 𝐃𝐚𝐲", "Sample Day"),
        ("𝓢𝓪𝓶𝓹𝓵𝓮 fair", "𝓢𝓪𝓶𝓹𝓵𝓮", "Sample"),
        ("Ⓢⓐⓜⓟⓛⓔ fair", "Ⓢⓐⓜⓟⓛⓔ", "Sample"),
        ("Ｓａｍｐｌｅ fair", "Ｓａｍｐｌｅ", "Sample"),
        ("ʙɪɴ ᴅᴀʏ", "ʙɪɴ ᴅᴀʏ", "BIN DAY"),
    ],
)
def test_fancy_letters_are_marked_and_written_plainly(text, passage, plain):
    assert marked("fancy-letters", text) == [passage]
    assert f"“{plain}”" in fixes("fancy-letters", text)[0]


@pytest.mark.parametrize(
    "text", ["Bore da, Llŷn", "Fáilte, naïve café", "Привет всем", "مرحبا", "5 ℃, ½, ™, №5, ℹ️, 🅿️", "ℝ"]
)
def test_letters_of_other_languages_and_lone_signs_are_no_fancy_letters(text):
    assert marked("fancy-letters", text) == []


def test_a_very_long_sentence_is_marked_alone():
    long = repeated("we will mend the road and then", 6) + "."
    text = f"Short one. {long} Another."
    assert marked("long-sentences", text) == [long]
    assert marked("long-sentences", repeated("We mend the road.", 20)) == []
    assert marked("long-sentences", "\n".join(["- mend the sample road"] * 20)) == [], "a list is no sentence"


def test_abbreviations_times_and_addresses_end_no_sentence():
    text = "Ring Mrs. Sample at 9.30am, e.g. about No. 5, or see https://www.agency.example/a.b for more. Then wait."
    assert [text[one.start : one.end] for one in sentences(text)] == [text[:-11], "Then wait."]


def test_the_reading_age_is_that_of_the_automated_readability_index():
    # 4.71 * 20 / 5 + 0.5 * 5 / 1 - 21.43 = -0.09, and five years.
    [sentence] = sentences("Four four four four four.")
    assert age([sentence]) == 5
    # 4.71 * 80 / 8 + 0.5 * 8 / 1 - 21.43 = 29.67, and five years.
    [sentence] = sentences(repeated("abcdefghij", 8))
    assert age([sentence]) == 35


def test_a_hard_text_is_marked_at_its_hardest_sentence_and_a_short_one_never():
    hard = (
        "Organisational responsibilities regarding infrastructural maintenance necessitate comprehensive consultation."
    )
    easy = "We will tell you more."
    assert marked("reading-age", " ".join([hard] * 4 + [easy] + [hard[:-1] + " procedures."] + [hard] * 3)) == [
        hard[:-1] + " procedures."
    ]
    assert marked("reading-age", hard) == []
    assert marked("reading-age", repeated(easy, 20)) == []


def test_http_is_marked_without_the_sign_that_ends_the_sentence():
    text = "Look at (http://www.agency.example/a_(b)), and HTTPS://www.agency.example."
    assert marked("http", text) == ["http://www.agency.example/a_(b)"]
    assert "“https://www.agency.example/a_(b)”" in fixes("http", text)[0]


def test_what_tracks_is_cut_from_a_link_and_the_rest_kept():
    text = (
        "See https://www.agency.example/a?id=3&utm_source=post&fbclid=x1#part, or https://www.agency.example/?id=utm_x"
    )
    assert marked("tracking", text) == ["?id=3&utm_source=post&fbclid=x1#part"]
    assert "“https://www.agency.example/a?id=3#part”" in fixes("tracking", text)[0]
    assert "“https://www.agency.example/”" in fixes("tracking", "https://www.agency.example/?utm_medium=a")[0]


def test_shortened_links_are_marked_with_or_without_their_beginning():
    text = "See https://bit.ly/3abc or tinyurl.com/sample, not https://www.notbit.ly/x or habit.ly/x."
    assert marked("short-links", text) == ["https://bit.ly/3abc", "tinyurl.com/sample"]


def test_words_that_say_nothing_of_their_link_are_marked_and_so_is_a_link_alone():
    text = "Click here for more, link in our bio: https://www.agency.example/permits"
    assert marked("link-words", text) == ["Click here", "link in our bio"]
    assert marked("link-words", " https://www.agency.example/permits\n") == ["https://www.agency.example/permits"]
    assert marked("link-words", "Apply for a permit: https://www.agency.example/permits") == []


def test_many_words_in_capitals_are_shouting_and_acronyms_are_not():
    assert marked("shouting", "Now: SAMPLE ROAD WILL CLOSE TODAY. Use the bridge.") == ["SAMPLE ROAD WILL CLOSE TODAY"]
    assert marked("shouting", "ROAD CLOSED: the NHS, GP, MP, BBC, DVLA and HMRC") == []
    assert marked("shouting", "NHS GP MP BBC DVLA HMRC") == []


def test_three_exclamation_marks_are_shouting_and_one_is_not():
    assert marked("shouting", "Come! See!! Now !!! Really?!") == ["!!!"]


def test_one_check_marks_at_most_so_many_passages():
    assert len(marked("http", repeated("http://www.agency.example/a", 50))) == MOST
