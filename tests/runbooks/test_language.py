"""Sentences, syllables, grades."""

from __future__ import annotations

import pytest

from ballast.runbooks.language import grade, sentences, syllables

SPOKEN = {"a": 1, "cat": 1, "budget": 2, "customer": 3, "availability": 6, "released": 2, "started": 2, "time": 1, "times": 1}


def lines(text: str) -> list[tuple[int, str]]:
    return list(enumerate(text.split("\n"), 1))


def test_sentences_know_their_line_and_leave_out_what_a_machine_reads() -> None:
    text = """# Title of it

One is here. Two goes
over a line.

1. Look at `up == 0` now.

   Expect: `data`. This is not a sentence.
| a | b |"""
    assert [(s.line, len(s.words)) for s in sentences(lines(text))] == [(3, 3), (3, 5), (6, 4)]


@pytest.mark.parametrize("word", SPOKEN)
def test_syllables(word: str) -> None:
    assert syllables(word) == SPOKEN[word]


def test_the_grade_is_the_published_formula() -> None:
    found = list(sentences(lines("The cat sat on the mat. " * 6)))
    assert grade(found) == pytest.approx(0.39 * 6 + 11.8 * 1 - 15.59)


def test_longer_words_and_sentences_raise_it() -> None:
    easy = list(sentences(lines("The team can see the fault. It is in the log. " * 4)))
    hard = list(sentences(lines("Administrative representatives communicate organisational responsibilities " * 6)))
    assert grade(easy) < 3 < 15 < grade(hard)


def test_few_words_have_no_grade() -> None:
    assert grade(list(sentences(lines("Unavailability notwithstanding.")))) == 0
