/** The requests that are measured, and the bundles that they are measured with. */
import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildBundles } from "../infra/bundle.ts";
import type { LambdaFunction } from "../local/invocation.ts";
import { loadHandler } from "../local/system.ts";

export const sensitiveNames = ["fname", "lname", "email", "ssn", "dob", "phone"] as const;

export interface Person {
  readonly [name: string]: unknown;
}

/** Persons of 12 fields, 6 of them sensitive. */
export function makePeople(count: number): readonly Person[] {
  return Array.from({ length: count }, (_, index) => ({
    id: index,
    fname: "Ada",
    lname: "Lovelace",
    email: `ada.lovelace.${index}@example.com`,
    ssn: "078-05-1120",
    dob: "1815-12-10",
    phone: "+44 20 7946 0018",
    city: "London",
    plan: "gold",
    balance: 1250.5,
    active: true,
    since: "2026-01-01T00:00:00Z",
  }));
}

/** About 900 KB of records without a sensitive field, and the first of them with six where they are asked for. */
export function makeLargeBody(withSensitive: boolean): string {
  const record = (index: number): Person => ({
    id: index,
    sku: `A-${index}`,
    title: "Field notes on the analytical engine",
    price: 1250.5,
    stock: index % 7,
    tags: ["engine", "notes"],
    available: true,
    discount: null,
    updated: "2026-01-01T00:00:00Z",
    warehouse: { city: "London", row: 12 },
  });
  const records: Person[] = [];
  for (let size = 0, index = 0; size < 900_000; index++) {
    const next = record(index);
    records.push(
      withSensitive && index === 0 ? { ...next, ...Object.fromEntries(makePeople(1).flatMap(pickSensitive)) } : next,
    );
    size += JSON.stringify(next).length + 1;
  }
  return JSON.stringify(records);
}

function pickSensitive(person: Person): [string, unknown][] {
  return sensitiveNames.map((name) => [name, person[name]]);
}

export function makeEvent(body: string): unknown {
  return {
    Records: [
      {
        cf: {
          config: { distributionId: "E1", eventType: "origin-request", requestId: "bench" },
          request: {
            clientIp: "203.0.113.1",
            method: "POST",
            uri: "/people",
            querystring: "",
            headers: {
              host: [{ key: "Host", value: "example.com" }],
              "content-type": [{ key: "Content-Type", value: "application/json" }],
            },
            body: {
              inputTruncated: false,
              action: "read-only",
              encoding: "base64",
              data: Buffer.from(body, "utf8").toString("base64"),
            },
          },
        },
      },
    ],
  };
}

export interface BenchKey {
  readonly publicKey: KeyObject;
  readonly privateKeyPem: string;
  readonly publicKeyPem: string;
}

export function makeKey(): BenchKey {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return {
    publicKey,
    publicKeyPem: publicKey.export({ type: "spki", format: "pem" }).toString(),
    privateKeyPem: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}

/** The sample policy's rule under another key, built as for deployment. */
export async function buildEdge(
  folder: string,
  { key, keyArn, token }: { readonly key: BenchKey; readonly keyArn: string; readonly token: "direct" | "sealed" },
): Promise<{ readonly handler: LambdaFunction; readonly folder: string }> {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "01.pem"), key.publicKeyPem);
  const policyFile = join(folder, "policy.json");
  const recipient = { id: "01", keyArn, publicKeyFile: "01.pem", prefix: "#01#", suffix: "#10#" };
  const rule = { path: "/people/**", recipient: "01", token, body: sensitiveNames.map((name) => `$[*].${name}`) };
  writeFileSync(policyFile, JSON.stringify({ version: 1, otherwise: "pass", recipients: [recipient], rules: [rule] }));
  await buildBundles({ policyFile, outDir: folder });
  return { handler: loadHandler(join(folder, "edge", "index.js")), folder };
}
