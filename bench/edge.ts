/** The edge: how much the handler adds to the RSA operations that nobody can avoid. */
import { constants, publicEncrypt } from "node:crypto";
import type { LambdaContext, LambdaFunction } from "../local/invocation.ts";
import { type BenchKey, makeEvent, makeLargeBody, makePeople, sensitiveNames } from "./bodies.ts";
import { createForgeContestant, measurePythonSample } from "./others.ts";
import { measureRounds, timeOf } from "./rounds.ts";
import { formatLines, formatMs, formatRatio, type Line } from "./report-lines.ts";

interface EdgeSetting {
  readonly key: BenchKey;
  readonly direct: LambdaFunction;
  readonly sealed: LambdaFunction;
}

/** The handler takes the event and nothing else. */
function call(handler: LambdaFunction, event: unknown): () => unknown {
  return () => handler(event, {} as LambdaContext);
}

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
        { name: "direct", run: call(direct, event) },
        { name: "sealed", run: call(sealed, event) },
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

export async function benchLargeBodies({ direct }: EdgeSetting): Promise<string> {
  const lines: Line[] = [];
  for (const withSensitive of [false, true]) {
    const body = makeLargeBody(withSensitive);
    const times = await measureRounds(
      [
        { name: "parse", run: () => JSON.stringify(JSON.parse(body)) },
        { name: "handler", run: call(direct, makeEvent(body)) },
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

export async function benchOthers({ key, direct }: EdgeSetting): Promise<string> {
  const people = makePeople(10);
  const times = await measureRounds(
    [
      { name: "handler", run: call(direct, makeEvent(JSON.stringify(people))) },
      { name: "forge", run: createForgeContestant(key, JSON.stringify(people)) },
    ],
    9,
  );
  const handler = timeOf(times, "handler");
  const forge = timeOf(times, "forge") / handler;
  const lines: Line[] = [
    { what: "handler, direct", value: formatMs(handler) },
    { what: "the same loop on node-forge over it", value: formatRatio(forge), target: ">= 25 x", reached: forge >= 25 },
  ];
  const python = measurePythonSample(key, people);
  if (typeof python === "string") {
    lines.push({ what: "the published sample's algorithm in Python", value: python });
  } else {
    const ratio = python / handler;
    lines.push({
      what: "the published sample's algorithm in Python over it",
      value: formatRatio(ratio),
      target: ">= 14 x",
      reached: ratio >= 14,
    });
  }
  return formatLines("Others: 10 persons, 60 direct tokens", lines);
}
