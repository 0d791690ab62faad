/**
 * Moves labels apart along one axis: each stays at least `gap` from the next and within [0, length], in the same
 * order, and none moves that touches no other. More labels than fit are spaced evenly.
 *
 * @param wanted - where each label would like to be, in pixels, in any order.
 * @returns where each goes, in the order given.
 */
export function spreadLabels(
  wanted: readonly number[],
  { gap, length }: { readonly gap: number; readonly length: number },
): readonly number[] {
  const step = Math.min(gap, length / Math.max(1, wanted.length - 1));
  const order = wanted.map((_, index) => index).sort((a, b) => wanted[a]! - wanted[b]! || a - b);
  const placed = new Array<number>(wanted.length).fill(0);
  for (const cluster of clusters(
    order.map((index) => wanted[index]!),
    { step, length },
  )) {
    cluster.members.forEach((rank, offset) => {
      placed[order[rank]!] = cluster.start + offset * step;
    });
  }
  return placed;
}

interface Cluster {
  readonly members: readonly number[];
  readonly start: number;
  readonly sum: number;
}

/** Labels that would overlap are one cluster, centred on the mean of what its members want. */
function clusters(
  sorted: readonly number[],
  { step, length }: { step: number; length: number },
): readonly Cluster[] {
  const done: Cluster[] = [];
  const place = (members: readonly number[], sum: number): Cluster => {
    const extent = (members.length - 1) * step;
    const start = Math.max(0, Math.min(sum / members.length - extent / 2, length - extent));
    return { members, sum, start };
  };
  sorted.forEach((y, rank) => {
    let cluster = place([rank], y);
    for (let last = done.at(-1); last !== undefined && overlaps(last, cluster, step); last = done.at(-1)) {
      cluster = place([...last.members, ...cluster.members], last.sum + cluster.sum);
      done.pop();
    }
    done.push(cluster);
  });
  return done;
}

function overlaps(above: Cluster, below: Cluster, step: number): boolean {
  return below.start - (above.start + (above.members.length - 1) * step) < step - 1e-9;
}
