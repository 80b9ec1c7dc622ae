"""Fits one vector per vocabulary row, so that the normalised sum over a text's rows is the teacher's vector of the text."""

import numpy as np
import torch
import torch.nn.functional as F

DIMENSIONS = 256
SEED = 7
EPOCHS, BATCH, RATE = 4, 2048, 1.5e-3
#: Smooth inverse frequency (Arora et al. 2017): what a token counts for at the start; fitting moves it from there.
FREQUENT = 1e-3
#: A batch is a few clusters of texts that the teacher finds alike: it is those that are hard to tell apart.
CLUSTERS, CLUSTER_ROUNDS = 1200, 4
#: How sharply the teacher's ranking of a batch is taken.
TEMPERATURE = 0.05


def projection(targets):
    """Orthonormal columns, shape (384, 256), that keep most of the inner products of the teacher's vectors."""
    sample = targets[np.random.default_rng(SEED).permutation(len(targets))[:60_000]].astype(np.float64)
    _, vectors = np.linalg.eigh(sample.T @ sample)
    return np.ascontiguousarray(vectors[:, ::-1][:, :DIMENSIONS]).astype(np.float32)


class Bags:
    """The rows of many texts, flat, so that any batch of them is one call."""

    def __init__(self, lists):
        self.lengths = np.array([len(rows) for rows in lists])
        self.starts = np.concatenate([[0], np.cumsum(self.lengths)])
        self.rows = np.fromiter((row for rows in lists for row in rows), dtype=np.int64, count=self.starts[-1])

    def sums(self, table, chosen):
        """Sums of `table`'s rows over each chosen text, shape (texts, dimensions)."""
        lengths = self.lengths[chosen]
        offsets = np.concatenate([[0], np.cumsum(lengths)[:-1]])
        places = np.repeat(self.starts[chosen] - offsets, lengths) + np.arange(lengths.sum())
        return F.embedding_bag(torch.from_numpy(self.rows[places]), table, torch.from_numpy(offsets), mode="sum")


def start_vectors(row_vectors, bags):
    """Model2Vec's start: each row as the teacher sees it alone, weighed down by how frequent it is."""
    counts = np.bincount(bags.rows, minlength=len(row_vectors)) + 0.5
    weights = FREQUENT / (FREQUENT + counts / counts.sum())
    return (row_vectors * weights[:, None]).astype(np.float32)


def clusters(targets, rng):
    """Texts by k-means on the sphere: a list of arrays of text numbers."""
    centres = targets[torch.from_numpy(rng.permutation(len(targets))[:CLUSTERS])]
    for _ in range(CLUSTER_ROUNDS):
        nearest = torch.cat([(part @ centres.T).argmax(1) for part in targets.split(16_384)])
        centres = F.normalize(torch.zeros_like(centres).index_add_(0, nearest, targets) + 1e-6, dim=1)
    order = np.argsort(nearest.numpy(), kind="stable")
    return np.split(order, np.flatnonzero(np.diff(nearest.numpy()[order])) + 1)


def order_loss(student, teacher):
    """Kullback-Leibler divergence of the student's ranking of the batch from the teacher's, for each of its texts."""
    itself = torch.eye(len(student), dtype=torch.bool)
    ranking = lambda vectors: F.log_softmax((vectors @ vectors.T / TEMPERATURE).masked_fill(itself, -1e4), 1)
    return F.kl_div(ranking(student), ranking(teacher), log_target=True, reduction="batchmean")


def fit(start, bags, targets):
    """From `start` (rows, d) to vectors that give `targets` (texts, d; unit length) and keep their order. Gives (rows, d)."""
    torch.manual_seed(SEED)
    rng = np.random.default_rng(SEED)
    targets = torch.from_numpy(targets)
    groups = clusters(targets, rng)
    table = torch.nn.Parameter(torch.from_numpy(start.copy()))
    optimiser = torch.optim.Adam([table], lr=RATE, betas=(0.9, 0.99))
    steps = EPOCHS * (len(targets) // BATCH + 1)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=steps, pct_start=0.1, cycle_momentum=False)
    for epoch in range(EPOCHS):
        sequence = np.concatenate([groups[group] for group in rng.permutation(len(groups))])
        total = np.zeros(2)
        for begin in range(0, len(sequence), BATCH):
            chosen = sequence[begin : begin + BATCH]
            student, teacher = F.normalize(bags.sums(table, chosen), dim=1), targets[chosen]
            losses = torch.stack([(1 - (student * teacher).sum(1)).mean(), order_loss(student, teacher)])
            optimiser.zero_grad()
            losses.sum().backward()
            optimiser.step()
            schedule.step()
            total += losses.detach().numpy() * len(chosen) / len(sequence)
        print(f"epoch {epoch + 1}: 1 - cosine {total[0]:.4f}, order {total[1]:.4f}", flush=True)
    return table.detach().numpy()
