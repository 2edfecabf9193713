/**
 * Measures contestants side by side: rounds are interleaved, so that what the machine does meanwhile hits all alike.
 */

/** Something to measure. */
export interface Contestant {
  readonly name: string;
  readonly run: () => unknown;
}

/** A turn lasts this long at least: a single run would pay for the caches that others emptied. */
const turnMs = 15;

/** The median milliseconds of each contestant over interleaved rounds, after a third as many that do not count. */
export async function measureRounds(
  contestants: readonly Contestant[],
  rounds: number,
): Promise<ReadonlyMap<string, number>> {
  const times = new Map(contestants.map(({ name }) => [name, [] as number[]]));
  for (let round = -Math.ceil(rounds / 3); round < rounds; round++) {
    for (const { name, run } of contestants) {
      const time = await measureTurn(run);
      if (round >= 0) times.get(name)?.push(time);
    }
  }
  return new Map([...times].map(([name, measured]) => [name, medianOf(measured)]));
}

/** Milliseconds of one run, as the mean of a turn. */
async function measureTurn(run: () => unknown): Promise<number> {
  const started = performance.now();
  for (let runs = 1; ; runs++) {
    await run();
    const elapsed = performance.now() - started;
    if (elapsed >= turnMs) return elapsed / runs;
  }
}

/** The median; of an even count, the higher one of the two in the middle. */
export function medianOf(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** A measured time by its name. */
export function timeOf(times: ReadonlyMap<string, number>, name: string): number {
  const time = times.get(name);
  if (time === undefined) throw new TypeError(`nothing was measured as ${name}`);
  return time;
}
