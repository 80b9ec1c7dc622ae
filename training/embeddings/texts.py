"""Cuts the sources into what the teacher reads: passages, sentences, and short spans that look like queries."""

import random
import re
from typing import NamedTuple

from sources import documents, questions

SEED = 20
#: Most words taken from a source; whatever is not named is taken whole.
MOST_WORDS = {
    "wordnet": 1_200_000, "gcide": 500_000, "foldoc": 250_000, "anarchism": 400_000, "postgresql": 200_000,
    "sqlite": 200_000, "apache": 120_000, "gnucash": 250_000, "libreoffice": 150_000, "newsgroups": 600_000,
    "reuters": 450_000, "news": 1_400_000, "health": 200_000, "speeches": 400_000,
}
PASSAGE_WORDS = (40, 120)
SPAN_WORDS = (2, 7)
SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z\"'(])")


class Text(NamedTuple):
    source: str
    document: int
    text: str


def sentences(paragraph):
    """Sentences of a paragraph; a run without full stops is cut after every forty words."""
    for sentence in SENTENCE_END.split(" ".join(paragraph.split())):
        words = sentence.split()
        for start in range(0, len(words), 40):
            yield " ".join(words[start : start + 40])


def units(title, paragraphs, rng):
    """The texts of one document, next to each other: some as passages (often under the title), the rest as sentences."""
    if title and len(title.split()) > 1:
        yield title
    passage, goal = [], rng.randint(*PASSAGE_WORDS)
    for paragraph in paragraphs:
        for sentence in sentences(paragraph):
            words = sentence.split()
            if len(words) >= 8 and rng.random() < 0.25:
                length = rng.randint(*SPAN_WORDS)
                start = rng.randrange(max(1, len(words) - length))
                yield " ".join(words[start : start + length])
            if rng.random() < 0.35:
                if len(words) >= 4:
                    yield sentence
                continue
            passage += words
            if len(passage) >= goal:
                yield (f"{title}\n" if title and rng.random() < 0.6 else "") + " ".join(passage)
                passage, goal = [], rng.randint(*PASSAGE_WORDS)
    if len(passage) >= 4:
        yield (f"{title}\n" if title and rng.random() < 0.6 else "") + " ".join(passage)


def training_texts(packages, data):
    """All texts, those of one document next to each other."""
    rng = random.Random(SEED)
    found = list(documents(packages, data))
    rng.shuffle(found)
    words, texts = {}, []
    for number, (source, title, paragraphs) in enumerate(found):
        if words.get(source, 0) >= MOST_WORDS.get(source, 10**9):
            continue
        for text in dict.fromkeys(units(title, paragraphs, rng)):
            words[source] = words.get(source, 0) + len(text.split())
            texts.append(Text(source, number, text))
    return texts + [Text(source, len(found) + n, text) for n, (source, text) in enumerate(questions(data))]
