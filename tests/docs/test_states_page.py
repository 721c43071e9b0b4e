"""The drawn states are those of the table."""

from pathlib import Path

from workflow.states import TRANSITIONS, page

DOCS = Path(__file__).parents[2] / "docs"


def test_the_states_page_is_current():
    assert (DOCS / "states.md").read_text(encoding="utf-8") == page(), "run script/diagram"


def test_the_states_page_draws_every_transition():
    drawn = (DOCS / "states.md").read_text(encoding="utf-8")
    for (state, action), transition in TRANSITIONS.items():
        start, end = (value.value.replace(" ", "_") for value in (state, transition.to))
        lines = [line for line in drawn.splitlines() if line.strip().startswith(f"{start} --> {end}:")]
        assert any(action.value in line for line in lines), (state, action)
