"""Chooses the student's vocabulary: BERT's pieces, frequent whole words that BERT splits, and phrases that belong together."""

import math
import re
from collections import Counter

from wordfreq import get_frequency_dict

from teacher import FOLDER
from tokenizer import UNKNOWN, Tokenizer, words

WORDS, PHRASES = 16_500, 11_000
#: Less than this is the boilerplate of one collection.
LEAST_DOCUMENTS, LEAST_SOURCES = 6, 3
WORD = re.compile(r"[a-z]{3,24}")
#: Words a phrase may hold inside, and must not begin or end with.
LINKS = frozenset(
    "a an the of and or to in on at by for with from as is are was were be been it its this that these those which who "
    "he she they we you i his her their our your my not no but if so than then there here has have had do does did will "
    "would can could may might shall should must into out up down over under about after before between s t".split()
)


def bert_pieces():
    entries = (FOLDER / "vocab.txt").read_text(encoding="utf-8").splitlines()
    return [UNKNOWN] + [entry for entry in entries if not re.fullmatch(r"\[.+\]", entry)]


def whole_words(base, counts):
    """Words that cost BERT several pieces, by their frequency in general English and in the texts."""
    tokenizer, total = Tokenizer(base), sum(counts.values())
    general = get_frequency_dict("en", wordlist="large")
    score = {
        word: general.get(word, 0) + 0.5 * min(counts[word] / total, 2e-5)
        for word in set(general) | {word for word, count in counts.items() if count >= 8}
        if WORD.fullmatch(word) and len(tokenizer.pieces(word)) > 1
    }
    return sorted(score, key=lambda word: (-score[word], word))[:WORDS]


def phrases(word_lists):
    """Sequences of two to four words that several sources have, by how much more often than chance (sqrt of count x PMI)."""
    single, several, sources, documents = Counter(), Counter(), {}, {}
    for source, number, found in word_lists:
        single.update(found)
        for length in (2, 3, 4):
            for start in range(len(found) - length + 1):
                parts = found[start : start + length]
                if parts[0] in LINKS or parts[-1] in LINKS or not all(WORD.fullmatch(w) or w in LINKS for w in parts):
                    continue
                phrase = " ".join(parts)
                several[phrase] += 1
                sources.setdefault(phrase, set()).add(source)
                if len(documents.setdefault(phrase, set())) < LEAST_DOCUMENTS:
                    documents[phrase].add(number)
    total, score = sum(single.values()), {}
    for phrase, count in several.items():
        if len(documents[phrase]) >= LEAST_DOCUMENTS and len(sources[phrase]) >= LEAST_SOURCES:
            chance = math.prod(single[word] / total for word in phrase.split(" "))
            score[phrase] = count**0.5 * (math.log(count / total) - math.log(chance))
    return sorted(score, key=lambda phrase: (-score[phrase], phrase))[:PHRASES]


def choose(texts):
    # Questions are one source, wherever they are from.
    word_lists = [(source.replace("data-questions", "questions"), number, words(text)) for source, number, text in texts]
    counts = Counter(word for _, _, found in word_lists for word in found)
    base = bert_pieces()
    return base + whole_words(base, counts) + phrases(word_lists)
