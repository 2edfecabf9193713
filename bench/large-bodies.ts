/** Measures the edge with large bodies: the handler's time relative to only parsing and writing. */
import { makeLargeBody } from "./bodies.ts";
import { callOf, type EdgeSetting } from "./edge-bundle.ts";
import { makeEvent } from "./event.ts";
import { formatLines, formatMs, formatRatio, type Line } from "./report-lines.ts";
import { measureRounds, timeOf } from "./rounds.ts";

/** The report's section on large bodies. */
export async function benchLargeBodies({ direct }: EdgeSetting): Promise<string> {
  const lines: Line[] = [];
  for (const withSensitive of [false, true]) {
    const body = makeLargeBody(withSensitive);
    const times = await measureRounds(
      [
        { name: "parse", run: () => JSON.stringify(JSON.parse(body)) },
        { name: "handler", run: callOf(direct, makeEvent(body)) },
      ],
      40,
    );
    const ratio = timeOf(times, "handler") / timeOf(times, "parse");
    const what = `${Math.round(body.length / 1000)} KB, ${withSensitive ? "6 values" : "nothing"} to protect`;
    lines.push(
      { what: `${what}: JSON.parse + JSON.stringify`, value: formatMs(timeOf(times, "parse")) },
      { what: `${what}: handler over it`, value: formatRatio(ratio), target: "<= 1 x", reached: ratio <= 1 },
    );
  }
  return formatLines("Edge: large bodies", lines);
}
