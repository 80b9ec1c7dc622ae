"""Writes the model's files: int8 rows with one scale each, the vocabulary, checksums."""

import hashlib
from pathlib import Path

import numpy as np
from safetensors.numpy import save


def quantize(table):
    """int8 rows and their scales: `rows * scales` is the table to within half a step."""
    scales = np.abs(table).max(axis=1) / 127
    scales[scales == 0] = 1e-12
    return np.rint(table / scales[:, None]).astype(np.int8), scales.astype(np.float32)


def write(folder, table, vocabulary):
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    rows, scales = quantize(table)
    (folder / "embeddings.safetensors").write_bytes(save({"embeddings": rows, "scales": scales}))
    (folder / "vocabulary.txt").write_text("\n".join(vocabulary) + "\n", encoding="utf-8")
    names = ("embeddings.safetensors", "vocabulary.txt")
    lines = [f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()}  {name}\n" for name in names]
    (folder / "checksums.txt").write_text("".join(lines), encoding="utf-8")
    return rows.astype(np.float32) * scales[:, None]


def embed(table, tokenizer, text):
    """The vector of a text, as the product computes it."""
    rows = tokenizer.encode(text) or [tokenizer.rows["[UNK]"]]
    vector = table[rows].sum(axis=0, dtype=np.float64)
    return (vector / np.linalg.norm(vector)).astype(np.float32)
