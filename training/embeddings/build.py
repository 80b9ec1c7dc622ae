"""Makes models/static: texts, the teacher's vectors of them, a vocabulary, one vector for each of its entries.

What takes long is kept in the cache folder, and made again where it is missing.
"""

import argparse
import json
from pathlib import Path

import numpy as np

import teacher
from export import embed, write
from fit import Bags, fit, projection, start_vectors
from sources import EVALUATION
from texts import training_texts
from tokenizer import Tokenizer
from vocabulary import choose

HERE = Path(__file__).parent
#: Most texts that the teacher reads before its work is kept.
PORTION = 16_384


def targets_of(texts, path):
    """The teacher's vectors of the texts, shape (texts, 384), in portions of like length."""
    if path.exists():
        return np.load(path)
    model, order = teacher.load(), np.argsort([len(text) for text in texts], kind="stable")
    found = np.zeros((len(texts), 384), np.float16)
    for begin in range(0, len(texts), PORTION):
        chosen = order[begin : begin + PORTION]
        found[chosen] = teacher.encode(model, [texts[number] for number in chosen])
        print(f"teacher: {begin + len(chosen)} of {len(texts)}", flush=True)
    np.save(path, found)
    return found


def rows_of(vocabulary, path):
    """The teacher's vector of each entry by itself, shape (rows, 384)."""
    if not path.exists():
        entries = [entry.removeprefix("##") for entry in vocabulary]
        np.save(path, teacher.encode(teacher.load(), entries, batch_size=256))
    return np.load(path)


def unit(vectors):
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--packages", default=HERE / "cache/packages", type=Path)
    options.add_argument("--cache", default=HERE / "cache", type=Path)
    options.add_argument("--data", default=HERE / "../../../shared/data", type=Path)
    options.add_argument("--model", default=HERE / "../../models/static", type=Path)
    options.add_argument("--fixture", default=HERE / "../../test/fixtures/static-embeddings.json", type=Path)
    options.add_argument("--without-evaluation", action="store_true", help="learn nothing from the retrieval sets")
    chosen = options.parse_args()

    texts = training_texts(chosen.packages, chosen.data)
    targets = targets_of([text.text for text in texts], chosen.cache / "targets.npy")
    vocabulary_file = chosen.cache / "vocabulary.txt"
    if not vocabulary_file.exists():
        vocabulary_file.write_text("\n".join(choose(texts)) + "\n", encoding="utf-8")
    vocabulary = vocabulary_file.read_text(encoding="utf-8").split("\n")[:-1]
    tokenizer = Tokenizer(vocabulary)

    lists = [tokenizer.encode(text.text) for text in texts]
    used = [
        number
        for number, text in enumerate(texts)
        if lists[number] and not (chosen.without_evaluation and text.source in EVALUATION)
    ]
    bags, targets = Bags([lists[number] for number in used]), targets[used].astype(np.float32)
    basis = projection(targets)
    start = start_vectors(rows_of(vocabulary, chosen.cache / "rows.npy").astype(np.float32) @ basis, bags)
    table = write(chosen.model, fit(start, bags, unit(targets @ basis)), vocabulary)
    fixture = [
        {"text": text, "tokens": tokenizer.encode(text), "vector": embed(table, tokenizer, text).round(5).tolist()}
        for text in (one["text"] for one in json.loads(chosen.fixture.read_text(encoding="utf-8")))
    ]
    chosen.fixture.write_text(json.dumps(fixture) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
