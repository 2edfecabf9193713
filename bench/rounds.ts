/** Measures contestants side by side: rounds are interleaved, so that what the machine does meanwhile hits all alike. */

export interface Contestant {
  readonly name: string;
  readonly run: () => unknown;
}

/** The median milliseconds of each contestant over interleaved rounds, after two rounds that do not count. */
export async function measureRounds(
  contestants: readonly Contestant[],
  rounds: number,
): Promise<ReadonlyMap<string, number>> {
  const times = new Map(contestants.map(({ name }) => [name, [] as number[]]));
  for (let round = -2; round < rounds; round++) {
    for (const { name, run } of contestants) {
      const started = performance.now();
      await run();
      if (round >= 0) times.get(name)?.push(performance.now() - started);
    }
  }
  return new Map([...times].map(([name, measured]) => [name, medianOf(measured)]));
}

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
