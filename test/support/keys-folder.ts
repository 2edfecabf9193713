/** A folder with a policy whose keys are in a local KMS, for the commands `keys fetch` and `keys verify`. */
import { randomUUID } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateAliasCommand, type KeySpec, type KMSClient } from "@aws-sdk/client-kms";
import { afterAll, afterEach, beforeEach } from "@jest/globals";
import type { Fault } from "../../local/kms/faults.ts";
import { type KmsWithClient, openKms } from "./local-kms.ts";
import { nextPrivateKeyPem } from "./rsa-keys.ts";
import { runFieldseal } from "./terminal.ts";

/** What KMS does wrong with an operation. */
export type FaultOf = (operation: string) => Fault | undefined;

/** Sets up the folder for the tests of a file: each begins with a policy of recipient 01, and KMS without a key. */
export function useKeysFolder() {
  const folder = mkdtempSync(join(tmpdir(), "fieldseal-keys-"));
  const policyFile = join(folder, "policy.json");
  let kms: KmsWithClient | undefined;
  let fault: FaultOf | undefined;

  const writePolicy = (ids: readonly string[], recipient: string): void =>
    writeFileSync(policyFile, policyOf(ids, recipient));
  const running = (): KmsWithClient => {
    if (kms === undefined) throw new TypeError("the tests have not begun");
    return kms;
  };
  const client = (): KMSClient => running().client;
  const run = async (...args: readonly string[]) => {
    const { code, output, messages } = await runFieldseal(args);
    return { code, output: output + messages };
  };

  beforeEach(async () => {
    kms = await openKms({ intercept: ({ operation }) => Promise.resolve(fault?.(operation)) });
    Object.assign(process.env, {
      AWS_ENDPOINT_URL_KMS: kms.kms.url,
      AWS_ACCESS_KEY_ID: "local",
      AWS_SECRET_ACCESS_KEY: "local",
    });
    writePolicy(["01"], "01");
  });
  afterEach(async () => {
    fault = undefined;
    await kms?.close();
    for (const id of ["01", "02"])
      for (const end of ["pem", "json"]) rmSync(join(folder, `${id}.${end}`), { force: true });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  return {
    folder,
    policyFile,
    writePolicy,
    client,
    run,
    injectFault: (next: FaultOf | undefined): void => {
      fault = next;
    },
    /** Makes the key of a recipient in stage prod, and gives its ARN. */
    makeKey: async (id: string, spec: KeySpec = "RSA_2048"): Promise<string> => {
      const privateKeyPem = nextPrivateKeyPem(Number(spec.slice("RSA_".length)));
      const keyArn = running().kms.importKey({ keyId: randomUUID(), privateKeyPem });
      const [, keyId] = keyArn.split("/");
      await client().send(new CreateAliasCommand({ AliasName: `alias/fieldseal-prod-${id}`, TargetKeyId: keyId }));
      return keyArn;
    },
    fetchKeys: (...args: readonly string[]) =>
      run("keys", "fetch", policyFile, "--stage", "prod", "--region", "eu-central-1", ...args),
    verify: (...args: readonly string[]) => run("keys", "verify", policyFile, ...args),
    /** The record of a fetched key. */
    record: (id: string) => JSON.parse(readFileSync(join(folder, `${id}.json`), "utf8")),
  };
}

/** A policy with recipients, none of whom has a key ARN. */
export function policyOf(ids: readonly string[], recipient: string): string {
  return `{
  "version": 1, "otherwise":"pass",
  "recipients": [${ids.map(writeRecipient).join(", ")}],
  "rules": [{ "path": "/people/**", "recipient": "${recipient}", "body": ["$[*].ssn"] }]
}`;
}

function writeRecipient(id: string): string {
  return `{ "id": "${id}", "publicKeyFile": "${id}.pem", "prefix": "#${id}#", "suffix": "#e${id}#" }`;
}
