"""A runbook is hard to read.

Half asleep, one reads at half one's speed. A sentence of more than 30 words is read twice, and a page above grade 10 (ten years
of school, by Flesch and Kincaid) is not read at all. Code is left out of both figures.

Mend: end the sentence earlier; use the shorter word.

    - ## Impact
    -
    - Customers who have already filled a basket with the things that they want to buy cannot pay for it at the moment because
    - the provider of payments does not answer us and so they try once more.
    + ## Impact
    +
    + Customers cannot pay for the things in their basket. The payment provider does not answer. Most try once more.
"""

from __future__ import annotations

from collections.abc import Iterator

from ballast.findings import Finding, Severity, check
from ballast.runbooks.language import grade, sentences, syllables
from ballast.runbooks.page import Runbook

MOST_WORDS = 30
HIGHEST_GRADE = 10.0


@check("runbooks/language", on=Runbook, severity=Severity.WARNING)
def language(page: Runbook) -> Iterator[Finding]:
    """Long sentences one by one, then the grade of the page with the words that raise it."""
    if page.archived:
        return
    found = list(sentences(page.prose))
    for sentence in found:
        if len(sentence.words) > MOST_WORDS:
            middle = sentence.words[len(sentence.words) // 2 - 1 : len(sentence.words) // 2 + 2]
            text = f"a sentence of {len(sentence.words)} words: {' '.join(sentence.words[:6])} …"
            yield page.source.finding(text, line=sentence.line, mend=f"end it earlier, perhaps near “{' '.join(middle)}”")
    if (figure := grade(found)) > HIGHEST_GRADE:
        words = {word.lower() for sentence in found for word in sentence.words}
        hard = sorted(words, key=lambda word: (-syllables(word), word))[:3]
        length = sum(len(sentence.words) for sentence in found) / len(found)
        text = f"the page reads at grade {figure:.1f}, above {HIGHEST_GRADE:g} ({length:.0f} words a sentence)"
        yield page.source.finding(text, mend=f"shorter sentences, and plainer words than {', '.join(hard)}")
