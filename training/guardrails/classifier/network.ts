/** As `ClassifierModel`, before it is rounded. */
export type Network = {
  labels: number;
  hidden: number;
  sparse: Float32Array;
  inner: Float32Array;
  outer: Float32Array;
};

/** The mean of the weights of hashed features, and all hidden units side by side, each heard less. */
export function meanOf(members: Network[]): Network {
  const [{ labels, hidden, sparse }] = members as [Network];
  const share = 1 / members.length;
  const all = members.length * hidden;
  const outer = new Float32Array(labels * (all + 1));
  for (const [member, network] of members.entries()) {
    network.outer.forEach((weight, at) => {
      const [label, unit] = [Math.floor(at / (hidden + 1)), at % (hidden + 1)];
      const place = unit === 0 ? 0 : member * hidden + unit;
      outer[label * (all + 1) + place]! += share * weight;
    });
  }
  return {
    labels,
    hidden: all,
    sparse: sparse.map((_, at) => members.reduce((sum, network) => sum + share * network.sparse[at]!, 0)),
    inner: Float32Array.from(members.flatMap(({ inner }) => [...inner])),
    outer,
  };
}

/** Rounds the hashed weights to a byte each. */
export function packNetwork({ labels, hidden, sparse, inner, outer }: Network) {
  const sparseScales = new Float32Array(labels);
  sparse.forEach((weight, at) => {
    sparseScales[at % labels] = Math.max(sparseScales[at % labels]!, Math.abs(weight) / 127);
  });
  const rounded = Int8Array.from(sparse, (weight, at) =>
    Math.round(weight / (sparseScales[at % labels]! || 1)),
  );
  return { hidden, sparse: rounded, sparseScales, inner, outer };
}
