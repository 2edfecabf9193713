/** The decryptor against a KMS that takes 8 ms more for each call, as one over a network does. */
import { DecryptCommand, KMSClient } from "@aws-sdk/client-kms";
import { isRecord } from "../core/config/config-value.ts";
import { parseReader } from "../core/decrypt/reader/reader.ts";
import { scanTokens } from "../core/token/grammar.ts";
import { createHandler } from "../decryptor/handler.ts";
import type { LambdaContext, LambdaFunction } from "../local/invocation.ts";
import { makeEvent, makePeople } from "./bodies.ts";
import { type KmsProcess } from "./kms-process.ts";
import { measureRounds, timeOf } from "./rounds.ts";
import { formatLines, formatMs, formatRatio, type Line } from "./report-lines.ts";

interface DecryptorSetting {
  readonly kms: KmsProcess;
  readonly keyArn: string;
  readonly direct: LambdaFunction;
  readonly sealed: LambdaFunction;
}

const silent = (): void => undefined;

export async function benchDecryptor({ kms, keyArn, direct, sealed }: DecryptorSetting): Promise<string> {
  const recipient = { id: "01", keyArn, prefix: "#01#", suffix: "#10#" };
  const reader = parseReader({
    reader: "bench",
    recipients: [recipient],
    open: ["01"],
    kms: { callsPerSecond: 100_000, cacheSeconds: 0 },
  });
  const client = new KMSClient({
    endpoint: kms.url,
    region: "eu-central-1",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
    maxAttempts: 1,
  });
  const decryptor = createHandler(reader, client, silent);
  // As somebody would write it who knows the SDK: all calls at once, over as many connections as the client opens.
  const concurrently = async (body: string): Promise<void> => {
    await Promise.all(
      [...scanTokens(body, reader.recipients)].map(async (token) => {
        if (token.kind !== "token" || token.payload.kind !== "direct")
          throw new TypeError("a direct token is expected");
        const { Plaintext } = await client.send(
          new DecryptCommand({
            KeyId: keyArn,
            CiphertextBlob: token.payload.ciphertext,
            EncryptionAlgorithm: "RSAES_OAEP_SHA_256",
          }),
        );
        return Buffer.from(Plaintext ?? []).toString("utf8");
      }),
    );
  };
  const oneByOne = async (body: string): Promise<void> => {
    for (const token of scanTokens(body, reader.recipients)) {
      if (token.kind !== "token" || token.payload.kind !== "direct") throw new TypeError("a direct token is expected");
      await client.send(
        new DecryptCommand({
          KeyId: keyArn,
          CiphertextBlob: token.payload.ciphertext,
          EncryptionAlgorithm: "RSAES_OAEP_SHA_256",
        }),
      );
    }
  };
  const lines: Line[] = [];
  for (const [count, rounds] of [
    [1, 9],
    [10, 5],
    [100, 3],
  ] as const) {
    const bodies = {
      direct: await protect(direct, JSON.stringify(makePeople(count))),
      sealed: await protect(sealed, JSON.stringify(makePeople(count))),
    };
    const contentType = "application/json";
    const times = await measureRounds(
      [
        { name: "one by one", run: () => oneByOne(bodies.direct) },
        { name: "concurrently", run: () => concurrently(bodies.direct) },
        { name: "direct", run: () => decryptor({ body: bodies.direct, contentType }) },
        { name: "sealed", run: () => decryptor({ body: bodies.sealed, contentType }) },
      ],
      rounds,
    );
    const before = await kms.countCalls();
    await decryptor({ body: bodies.sealed, contentType });
    const calls = (await kms.countCalls()) - before;
    const tokens = `${count * 6} tokens`;
    lines.push(
      { what: `${tokens}: direct, one call after another`, value: formatMs(timeOf(times, "one by one")) },
      { what: `${tokens}: direct, decryptor`, value: formatMs(timeOf(times, "direct")) },
      {
        what: `${tokens}: one by one over decryptor`,
        value: formatRatio(timeOf(times, "one by one") / timeOf(times, "direct")),
      },
      compare(
        `${tokens}: direct, decryptor over a concurrent loop`,
        timeOf(times, "direct") / timeOf(times, "concurrently"),
        count === 100,
      ),
      { what: `${tokens}: sealed, decryptor`, value: formatMs(timeOf(times, "sealed")) },
      { what: `${tokens}: sealed, KMS calls`, value: String(calls), target: "1", reached: calls === 1 },
    );
  }
  client.destroy();
  return formatLines("Decryptor: 8 ms added to each KMS call", lines);
}

function compare(what: string, ratio: number, hasTarget: boolean): Line {
  const value = formatRatio(ratio);
  return hasTarget ? { what, value, target: "<= 1.15 x", reached: ratio <= 1.15 } : { what, value };
}

async function protect(handler: LambdaFunction, body: string): Promise<string> {
  const result = await handler(makeEvent(body), {} as LambdaContext);
  const replaced = isRecord(result) && isRecord(result["body"]) ? result["body"]["data"] : undefined;
  if (typeof replaced !== "string") throw new TypeError("the body was not protected");
  return Buffer.from(replaced, "base64").toString("utf8");
}
