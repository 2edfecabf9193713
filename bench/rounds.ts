/**
 * Measures contestants side by side, in interleaved rounds, so that other work of the machine slows all alike.
 */

/** A function to measure. */
export interface Contestant {
  readonly name: string;
  readonly run: () => unknown;
}

/** The least time of a turn. A single run would pay for caches that other contestants emptied. */
const turnMs = 15;

/** The median milliseconds of each contestant over interleaved rounds, after a third as many rounds to warm up. */
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

/** The mean milliseconds of a run over a turn. */
async function measureTurn(run: () => unknown): Promise<number> {
  const started = performance.now();
  for (let runs = 1; ; runs++) {
    await run();
    const elapsed = performance.now() - started;
    if (elapsed >= turnMs) return elapsed / runs;
  }
}

/** The median; of an even count, the higher of the two in the middle. */
export function medianOf(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** A measured time by its name. */
export function timeOf(times: ReadonlyMap<string, number>, name: string): number {
  const time = times.get(name);
  if (time === undefined) throw new TypeError(`No contestant is called ${name}.`);
  return time;
}
