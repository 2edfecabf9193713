/** Measures other implementations for the same request: parse, encrypt field by field, serialise. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import forge from "node-forge";
import { isRecord } from "../core/config/config-value.ts";
import { makePeople, type Person, sensitiveNames } from "./bodies.ts";
import { type BenchKey, callOf, type EdgeSetting } from "./edge-bundle.ts";
import { makeEvent } from "./event.ts";
import { formatLines, formatMs, formatRatio, type Line } from "./report-lines.ts";
import { measureRounds, timeOf } from "./rounds.ts";

/** The report's section on other implementations. */
export async function benchOthers({ key, direct }: EdgeSetting): Promise<string> {
  const people = makePeople(10);
  const times = await measureRounds(
    [
      { name: "handler", run: callOf(direct, makeEvent(JSON.stringify(people))) },
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
/** The loop of the published sample, with node-forge's RSA. */
function createForgeContestant(key: BenchKey, body: string): () => string {
  const publicKey = forge.pki.publicKeyFromPem(key.publicKeyPem);
  const scheme = { md: forge.md.sha256.create(), mgf1: { md: forge.md.sha256.create() } };
  return () => {
    const people: unknown = JSON.parse(body);
    const encrypted = (Array.isArray(people) ? people : []).filter(isRecord).map((person) => {
      const fields = sensitiveNames.map((name) => {
        const ciphertext = publicKey.encrypt(forge.util.encodeUtf8(String(person[name])), "RSA-OAEP", scheme);
        return [name, `#01#${forge.util.encode64(ciphertext)}#10#`];
      });
      return { ...person, ...Object.fromEntries(fields) };
    });
    return JSON.stringify(encrypted);
  };
}

/** Median milliseconds of `python-sample.py` for these persons, or the reason why there is no measurement. */
function measurePythonSample(key: BenchKey, people: readonly Person[]): number | string {
  const { status, stdout } = spawnSync(
    process.env["PYTHON"] ?? "python3",
    [join(import.meta.dirname, "python-sample.py")],
    {
      input: JSON.stringify({ key: key.publicKeyPem, names: sensitiveNames, people }),
      encoding: "utf8",
    },
  );
  if (status === 3) return "no pycryptodome";
  return status === 0 ? Number(stdout) : "no python3";
}
