/** The lines of the report: a measurement, and its target if it has one. */

/** One line. */
export interface Line {
  readonly what: string;
  readonly value: string;
  readonly target?: string;
  readonly reached?: boolean;
}

/** A section as text: its title, its lines in columns, and an empty line. */
export function formatLines(title: string, lines: readonly Line[]): string {
  const width = Math.max(...lines.map(({ what }) => what.length));
  const rows = lines.map(({ what, value, target, reached }) => {
    const verdict = target === undefined ? "" : `   target ${target}: ${reached === true ? "reached" : "MISSED"}`;
    return `  ${what.padEnd(width)}  ${value.padStart(12)}${verdict}`;
  });
  return [title, ...rows, ""].join("\n");
}

/** Milliseconds, with three decimals below ten, else with one. */
export function formatMs(ms: number): string {
  return `${ms.toFixed(ms < 10 ? 3 : 1)} ms`;
}

/** A ratio with two decimals. */
export function formatRatio(ratio: number): string {
  return `${ratio.toFixed(2)} x`;
}
