/** Measures the decryptor with a KMS that takes 8 ms more for each call, as one over a network does. */
import { DecryptCommand, type KMSClient } from "@aws-sdk/client-kms";
import { isRecord } from "../core/config/config-value.ts";
import { type Reader } from "../core/decrypt/reader/reader.ts";
import { scanTokens } from "../core/token/grammar.ts";
import type { LambdaFunction } from "../local/invocation.ts";
import { makePeople } from "./bodies.ts";
import { callOf } from "./edge-bundle.ts";
import { makeEvent } from "./event.ts";
import type { KmsProcess } from "./kms-process.ts";
import { openMeasuredDecryptor } from "./measured-decryptor.ts";
import { formatLines, formatMs, formatRatio, type Line } from "./report-lines.ts";
import { measureRounds, timeOf } from "./rounds.ts";

interface DecryptorSetting {
  readonly kms: KmsProcess;
  readonly direct: LambdaFunction;
  readonly sealed: LambdaFunction;
}

/** The report's section on the decryptor. */
export async function benchDecryptor({ kms, direct, sealed }: DecryptorSetting): Promise<string> {
  const { decryptor, reader, client, close } = openMeasuredDecryptor(kms);
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
        { name: "one by one", run: () => decryptOneByOne(bodies.direct, reader, client) },
        { name: "concurrently", run: () => decryptConcurrently(bodies.direct, reader, client) },
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
  close();
  return formatLines("Decryptor: 8 ms added to each KMS call", lines);
}

/** A plain program with the SDK: it makes all calls at once, over as many connections as the client opens. */
async function decryptConcurrently(body: string, reader: Reader, client: KMSClient): Promise<void> {
  await Promise.all(
    commandsFor(body, reader).map(async (command) => {
      const { Plaintext } = await client.send(command);
      return Buffer.from(Plaintext ?? []).toString("utf8");
    }),
  );
}

async function decryptOneByOne(body: string, reader: Reader, client: KMSClient): Promise<void> {
  for (const command of commandsFor(body, reader)) await client.send(command);
}

/** One command for each token. */
function commandsFor(body: string, { recipients }: Reader): readonly DecryptCommand[] {
  return [...scanTokens(body, recipients)].map((token) => {
    if (token.kind !== "token" || token.payload.kind !== "direct") throw new TypeError("Expected a direct token.");
    const { keyArn } = token.recipient;
    const { ciphertext } = token.payload;
    return new DecryptCommand({
      KeyId: keyArn,
      CiphertextBlob: ciphertext,
      EncryptionAlgorithm: "RSAES_OAEP_SHA_256",
    });
  });
}

function compare(what: string, ratio: number, hasTarget: boolean): Line {
  const value = formatRatio(ratio);
  return hasTarget ? { what, value, target: "<= 1.15 x", reached: ratio <= 1.15 } : { what, value };
}

async function protect(handler: LambdaFunction, body: string): Promise<string> {
  const result = await callOf(handler, makeEvent(body))();
  const replaced = isRecord(result) && isRecord(result["body"]) ? result["body"]["data"] : undefined;
  if (typeof replaced !== "string") throw new TypeError("The body was not protected.");
  return Buffer.from(replaced, "base64").toString("utf8");
}
