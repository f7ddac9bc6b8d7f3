#!/usr/bin/env python3
"""scikit-learn's t-SNE of the rows in tsne_test.cpp: divergence and trustworthiness that the test's constants come from.

Usage: OPENBLAS_NUM_THREADS=1 tests/nodes/networks/tsne/tsne_reference.py      (needs python3-sklearn; the constants are of Debian's 1.2.1)
"""
import numpy
from sklearn.manifold import TSNE, trustworthiness

MASK = (1 << 64) - 1


def seeded(name, shape, low, high, seed):
    """layers::seeded_tensor."""
    start = 0xCBF29CE484222325
    for byte in name.encode():
        start = ((start ^ byte) * 0x100000001B3) & MASK
    start ^= seed
    values = numpy.empty(int(numpy.prod(shape)), dtype=numpy.float32)
    for i in range(values.size):
        z = (start + (i + 1) * 0x9E3779B97F4A7C15) & MASK
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        values[i] = low + (high - low) * (((z ^ (z >> 31)) >> 40) / 2**24)
    return values.reshape(shape)


centres, noise = seeded("centres", [6, 10], -1, 1, 3), seeded("noise", [600, 10], -1, 1, 3)
rows = 1.5 * centres[numpy.arange(600) % 6] + noise
for method in ("barnes_hut", "exact"):
    tsne = TSNE(perplexity=30, init="pca", learning_rate="auto", method=method, n_iter=1000, random_state=0)
    points = tsne.fit_transform(rows)
    print(f"{method}: divergence {tsne.kl_divergence_:.4f}, trustworthiness {trustworthiness(rows, points, n_neighbors=12):.4f}")
