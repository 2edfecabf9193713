/** Measures the edge: how much the handler adds to the RSA operations, which every implementation needs. */
import { constants, publicEncrypt } from "node:crypto";
import { makePeople, sensitiveNames } from "./bodies.ts";
import { callOf, type EdgeSetting } from "./edge-bundle.ts";
import { makeEvent } from "./event.ts";
import { formatLines, formatMs, formatRatio, type Line } from "./report-lines.ts";
import { measureRounds, timeOf } from "./rounds.ts";

/** The report's section on small bodies. */
export async function benchEdge({ key, direct, sealed }: EdgeSetting): Promise<string> {
  const lines: Line[] = [];
  const options = { key: key.publicKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: "sha256" };
  for (const [count, rounds] of [
    [1, 40],
    [10, 40],
    [100, 60],
  ] as const) {
    const people = makePeople(count);
    const event = makeEvent(JSON.stringify(people));
    const values = people.flatMap((person) => sensitiveNames.map((name) => Buffer.from(String(person[name]), "utf8")));
    const times = await measureRounds(
      [
        { name: "raw", run: () => values.forEach((value) => publicEncrypt(options, value)) },
        { name: "direct", run: callOf(direct, event) },
        { name: "sealed", run: callOf(sealed, event) },
      ],
      rounds,
    );
    const ratio = timeOf(times, "direct") / timeOf(times, "raw");
    const gain = timeOf(times, "direct") / timeOf(times, "sealed");
    const persons = `${count} person${count === 1 ? "" : "s"}`;
    lines.push(
      { what: `${persons}: raw publicEncrypt of ${values.length} values`, value: formatMs(timeOf(times, "raw")) },
      {
        what: `${persons}: handler, direct, over raw`,
        value: formatRatio(ratio),
        ...(count === 1 ? {} : { target: "<= 1.12 x", reached: ratio <= 1.12 }),
      },
      {
        what: `${persons}: handler, direct, over sealed`,
        value: formatRatio(gain),
        ...(count < 100 ? {} : { target: ">= 4 x", reached: gain >= 4 }),
      },
    );
  }
  return formatLines("Edge: persons of 12 fields, 6 of them sensitive, RSA 2048", lines);
}
