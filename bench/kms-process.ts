/** Runs a local KMS in a process of its own, so that its RSA operations do not count as the decryptor's time. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { isRecord } from "../core/config/config-value.ts";
import { startKms } from "../local/kms/server.ts";

/** The running KMS. */
export interface KmsProcess {
  readonly url: string;
  readonly keyArn: string;
  countCalls(): Promise<number>;
  stop(): void;
}

/** Starts a KMS that holds one key and answers every call `delayMs` milliseconds late. */
export async function startKmsProcess(privateKeyPem: string, delayMs: number): Promise<KmsProcess> {
  const child = fork(import.meta.filename, { serialization: "json" });
  const ask = async (question: object): Promise<Readonly<Record<string, unknown>>> => {
    const answered = once(child, "message");
    child.send(question);
    const [answer]: unknown[] = await answered;
    return isRecord(answer) ? answer : {};
  };
  const { url, keyArn } = await ask({ privateKeyPem, delayMs });
  return {
    url: String(url),
    keyArn: String(keyArn),
    countCalls: async () => Number((await ask({}))["calls"]),
    stop: () => child.kill(),
  };
}

async function serve(): Promise<void> {
  let calls = 0;
  const [setting]: unknown[] = await once(process, "message");
  if (!isRecord(setting)) return;
  const { privateKeyPem, delayMs } = setting;
  const kms = await startKms({
    port: 0,
    databaseFile: ":memory:",
    observe: () => calls++,
    intercept: async () => {
      await sleep(Number(delayMs));
      return undefined;
    },
  });
  const keyArn = kms.importKey({ keyId: "00000000-0000-4000-8000-000000000001", privateKeyPem: String(privateKeyPem) });
  process.on("message", () => process.send?.({ calls }));
  process.send?.({ url: kms.url, keyArn });
}

if (process.send !== undefined && process.argv[1] === import.meta.filename) await serve();
