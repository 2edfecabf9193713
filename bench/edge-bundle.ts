/** Edge bundles to measure, and calls to them. */
import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildBundles } from "../infra/bundle.ts";
import type { LambdaContext, LambdaFunction } from "../local/invocation.ts";
import { loadHandler } from "../local/system.ts";
import { sensitiveNames } from "./bodies.ts";

/** A key pair in the forms that the contestants need. */
export interface BenchKey {
  readonly publicKey: KeyObject;
  readonly privateKeyPem: string;
  readonly publicKeyPem: string;
}

/** A new RSA key of 2048 bits. */
export function makeKey(): BenchKey {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return {
    publicKey,
    publicKeyPem: publicKey.export({ type: "spki", format: "pem" }).toString(),
    privateKeyPem: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}

/** Builds an edge bundle in a folder, as for deployment. It protects the sensitive names with a key. */
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

/** A function that calls a handler with an event. */
export function callOf(handler: LambdaFunction, event: unknown): () => Promise<unknown> {
  return () => handler(event, {} as LambdaContext);
}

/** The keys and bundles of the edge contestants. */
export interface EdgeSetting {
  readonly key: BenchKey;
  /** A bundle that writes direct tokens. */
  readonly direct: LambdaFunction;
  /** A bundle that writes sealed tokens. */
  readonly sealed: LambdaFunction;
}
