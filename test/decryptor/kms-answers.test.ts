/**
 * Answers of something that is not the local KMS: whatever comes over HTTP ends in a code, and nothing is half
 * restored.
 */
import { constants, createPrivateKey, privateDecrypt } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { KMSClient } from "@aws-sdk/client-kms";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { parseReader } from "../../core/decrypt/reader/reader.ts";
import { createRecipient, type Recipient } from "../../core/token/recipient.ts";
import { createContentKey } from "../../core/token/sealed-content.ts";
import { createHandler, type DecryptorHandler } from "../../decryptor/handler.ts";
import { makeDirect, makeSealed, within } from "../support/decryptor.ts";
import { nextPrivateKeyPem, publicKeyPemOf } from "../support/rsa-keys.ts";

const secret = "canary-4111";
const keyArn = "arn:aws:kms:eu-central-1:111122223333:key/00000000-0000-4000-8000-000000000001";
const privateKeyPem = nextPrivateKeyPem(2048);
const key = createPrivateKey(privateKeyPem);

type Answer = (response: ServerResponse, request: IncomingMessage, plaintext: Buffer | undefined) => void;

let answer: Answer;
let arrivals: number[] = [];
let client: KMSClient;
let recipient: Recipient;
const server = createServer((request, response) => {
  const pieces: Buffer[] = [];
  request.on("data", (piece: Buffer) => pieces.push(piece));
  request.on("end", () => {
    arrivals.push(Date.now());
    const { CiphertextBlob } = JSON.parse(Buffer.concat(pieces).toString()) as { readonly CiphertextBlob: string };
    answer(response, request, open(CiphertextBlob));
  });
});

function open(ciphertext: string): Buffer | undefined {
  try {
    return privateDecrypt(
      { key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: "sha256" },
      Buffer.from(ciphertext, "base64"),
    );
  } catch {
    return undefined;
  }
}

const json = (
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void => {
  response
    .writeHead(status, {
      "content-type": "application/x-amz-json-1.1",
      "x-amzn-requestid": "00000000-0000-4000-8000-0000000000aa",
      ...headers,
    })
    .end(typeof body === "string" ? body : JSON.stringify(body));
};
const right: Answer = (response, _, plaintext) =>
  plaintext === undefined
    ? json(response, 400, { __type: "InvalidCiphertextException" })
    : json(response, 200, {
        KeyId: keyArn,
        Plaintext: plaintext.toString("base64"),
        EncryptionAlgorithm: "RSAES_OAEP_SHA_256",
      });
const refusing =
  (type: string, status = 400, message = `${secret} of somebody`): Answer =>
  (response) =>
    json(response, status, { __type: type, message });
const changing =
  (members: object): Answer =>
  (response, _, plaintext) =>
    json(response, 200, {
      KeyId: keyArn,
      Plaintext: plaintext?.toString("base64"),
      EncryptionAlgorithm: "RSAES_OAEP_SHA_256",
      ...members,
    });

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  client = new KMSClient({
    endpoint: `http://127.0.0.1:${port}`,
    region: "eu-central-1",
    credentials: { accessKeyId: "a", secretAccessKey: "b" },
    maxAttempts: 1,
    requestHandler: { connectionTimeout: 1_000 },
  });
  recipient = createRecipient({ id: "01", keyArn, prefix: "#01#", suffix: "#10#" }, publicKeyPemOf(privateKeyPem));
});

afterAll(async () => {
  client.destroy();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

beforeEach(() => {
  answer = right;
  arrivals = [];
});

const lines: string[] = [];
const makeHandler = (settings: object = {}, through = client): DecryptorHandler => {
  const reader = parseReader({
    reader: "test",
    recipients: [{ id: "01", keyArn, prefix: "#01#", suffix: "#10#" }],
    open: ["01"],
    ...settings,
  });
  return createHandler(reader, through, (line) => lines.push(line));
};
const codeOf = async (event: unknown, ms = 1_200, handler = makeHandler()): Promise<string> => {
  lines.length = 0;
  const error = await handler(event, within(ms)).then(
    (result) => new Error(JSON.stringify(result)),
    (reason: unknown) => (reason instanceof Error ? reason : new Error("no error")),
  );
  expect(`${lines.join()} ${error.message} ${error.stack} ${String(error.cause)}`).not.toContain(secret);
  expect(lines).toHaveLength(1);
  return error.name;
};

describe("each answer has a code", () => {
  const garbage: Answer = (response) =>
    json(response, 200, `{"KeyId":"${keyArn}","Plaintext":"${Buffer.from(secret).toString("base64")}`);
  test.each<{ readonly why: string; readonly given: Answer; readonly code: string; readonly tries: "one" | "several" }>(
    [
      { why: "a bad ciphertext", given: refusing("InvalidCiphertextException"), code: "token_invalid", tries: "one" },
      {
        why: "a bad ciphertext, with the name of a service",
        given: refusing("com.amazonaws.kms#InvalidCiphertextException"),
        code: "token_invalid",
        tries: "one",
      },
      { why: "no permission", given: refusing("AccessDeniedException"), code: "kms_denied", tries: "one" },
      { why: "credentials that are over", given: refusing("ExpiredTokenException"), code: "kms_denied", tries: "one" },
      {
        why: "credentials of nobody",
        given: refusing("UnrecognizedClientException"),
        code: "kms_denied",
        tries: "one",
      },
      {
        why: "credentials of nobody, as for queries",
        given: refusing("InvalidClientTokenId", 403),
        code: "kms_denied",
        tries: "one",
      },
      {
        why: "a signature without a part",
        given: refusing("IncompleteSignatureException"),
        code: "kms_denied",
        tries: "one",
      },
      { why: "an account without KMS", given: refusing("OptInRequired", 403), code: "kms_denied", tries: "one" },
      { why: "a bare 403", given: (response) => json(response, 403, "<html>"), code: "kms_denied", tries: "one" },
      { why: "a disabled key", given: refusing("DisabledException"), code: "kms_key_unusable", tries: "one" },
      {
        why: "a key pending deletion",
        given: refusing("KMSInvalidStateException"),
        code: "kms_key_unusable",
        tries: "one",
      },
      { why: "a key that is not there", given: refusing("NotFoundException"), code: "kms_key_unusable", tries: "one" },
      { why: "a key for signing", given: refusing("InvalidKeyUsageException"), code: "kms_key_unusable", tries: "one" },
      {
        why: "a ciphertext of another key",
        given: refusing("IncorrectKeyException"),
        code: "token_invalid",
        tries: "one",
      },
      { why: "throttling", given: refusing("ThrottlingException"), code: "kms_throttled", tries: "several" },
      {
        why: "throttling under another name",
        given: refusing("ThrottledException"),
        code: "kms_throttled",
        tries: "several",
      },
      { why: "a bare 429", given: (response) => json(response, 429, ""), code: "kms_throttled", tries: "several" },
      {
        why: "an error of KMS",
        given: refusing("KMSInternalException", 500),
        code: "kms_unavailable",
        tries: "several",
      },
      {
        why: "an error of nobody",
        given: refusing("SomethingElseException", 500),
        code: "kms_unavailable",
        tries: "several",
      },
      {
        why: "a bare 503",
        given: (response) => json(response, 503, "<html>busy</html>"),
        code: "kms_unavailable",
        tries: "several",
      },
      { why: "nothing", given: (response) => json(response, 200, ""), code: "kms_unavailable", tries: "several" },
      {
        why: "an empty object",
        given: (response) => json(response, 200, {}),
        code: "kms_unavailable",
        tries: "several",
      },
      { why: "JSON that is cut off", given: garbage, code: "kms_unavailable", tries: "several" },
      {
        why: "a page",
        given: (response) => json(response, 200, "<html></html>", { "content-type": "text/html" }),
        code: "kms_unavailable",
        tries: "several",
      },
      {
        why: "a reset",
        given: (response) => void response.socket?.resetAndDestroy(),
        code: "kms_unavailable",
        tries: "several",
      },
      {
        why: "a reset in the body",
        given: (response) =>
          void (response.writeHead(200, { "content-length": 500 }).write('{"KeyId":'),
          setTimeout(() => response.socket?.resetAndDestroy(), 20)),
        code: "kms_unavailable",
        tries: "several",
      },
      { why: "silence", given: () => undefined, code: "kms_unavailable", tries: "one" },
      {
        why: "an alias",
        given: changing({ KeyId: "arn:aws:kms:eu-central-1:111122223333:alias/a" }),
        code: "kms_key_mismatch",
        tries: "one",
      },
      { why: "the key's id", given: changing({ KeyId: keyArn.split("/")[1] }), code: "kms_key_mismatch", tries: "one" },
      {
        why: "the key of another Region",
        given: changing({ KeyId: keyArn.replace("eu-central-1", "us-east-1") }),
        code: "kms_key_mismatch",
        tries: "one",
      },
      {
        why: "the key of another account",
        given: changing({ KeyId: keyArn.replace("111122223333", "444455556666") }),
        code: "kms_key_mismatch",
        tries: "one",
      },
      {
        why: "another algorithm",
        given: changing({ EncryptionAlgorithm: "RSAES_OAEP_SHA_1" }),
        code: "kms_key_mismatch",
        tries: "one",
      },
      {
        why: "a plaintext that is none",
        given: changing({ Plaintext: 17 }),
        code: "kms_unavailable",
        tries: "several",
      },
      { why: "no plaintext", given: changing({ Plaintext: undefined }), code: "token_invalid", tries: "one" },
    ],
  )("$why: $code", async ({ given, code, tries }) => {
    answer = given;
    const body = makeDirect(recipient, secret);
    expect(await codeOf({ body })).toBe(code);
    expect(arrivals.length > 1 ? "several" : "one").toBe(tries);
    answer = right;
    expect(await makeHandler()({ body })).toMatchObject({ body: secret });
  });

  test("no answer from anywhere", async () => {
    const nowhere = new KMSClient({
      endpoint: "http://127.0.0.1:1",
      region: "eu-central-1",
      credentials: { accessKeyId: "a", secretAccessKey: "b" },
      maxAttempts: 1,
    });
    expect(await codeOf({ body: makeDirect(recipient, secret) }, 1_200, makeHandler({}, nowhere))).toBe(
      "kms_unavailable",
    );
    nowhere.destroy();
  });

  test("credentials that cannot be got", async () => {
    const credentials = (): Promise<never> =>
      Promise.reject(Object.assign(new Error(secret), { name: "CredentialsProviderError" }));
    const without = new KMSClient({
      endpoint: "http://127.0.0.1:1",
      region: "eu-central-1",
      credentials,
      maxAttempts: 1,
    });
    expect(await codeOf({ body: makeDirect(recipient, secret) }, 1_200, makeHandler({}, without))).toBe("kms_denied");
    without.destroy();
  });

  test("no time at all: nobody is asked", async () => {
    expect(await codeOf({ body: makeDirect(recipient, secret) }, 400)).toBe("out_of_time");
    expect(arrivals).toEqual([]);
  });
});

test.each(["x".repeat(65), "a b", ""])("a request id that KMS does not give (%j) is not listed", async (id) => {
  answer = (response, _, plaintext) =>
    json(response, 200, { KeyId: keyArn, Plaintext: plaintext?.toString("base64") }, { "x-amzn-requestid": id });
  lines.length = 0;
  await makeHandler()({ body: makeDirect(recipient, secret) });
  expect(JSON.parse(lines[0] ?? "")).toMatchObject({ kmsCalls: 1, kmsRequestIds: [] });
});

test("requests name the key and the algorithm", async () => {
  let asked: Readonly<Record<string, unknown>> = {};
  answer = (response, request, plaintext) => {
    asked = { target: request.headers["x-amz-target"] };
    right(response, request, plaintext);
  };
  await makeHandler()({ body: makeDirect(recipient, secret) });
  expect(asked).toEqual({ target: "TrentService.Decrypt" });
});

describe("one token of many", () => {
  test("keep: what throttling leaves is listed as that, and the rest is given", async () => {
    const [first, second] = [makeDirect(recipient, "first"), makeDirect(recipient, "second")];
    answer = (response, request, plaintext) =>
      (plaintext?.toString() === "second" ? refusing("ThrottlingException") : right)(response, request, plaintext);
    expect(await makeHandler()({ body: `${first} ${second}`, onFailure: "keep" }, within(1_200))).toEqual({
      body: `first ${second}`,
      found: 2,
      opened: 1,
      withheld: [],
      failed: [{ offset: first.length + 1, code: "kms_throttled" }],
    });
    expect(await codeOf({ body: `${first} ${second}` })).toBe("kms_throttled");
  });

  test("errors, resets and throttling by turns: all are opened, each once", async () => {
    const turns: readonly Answer[] = [
      right,
      refusing("ThrottlingException"),
      right,
      (response) => void response.socket?.resetAndDestroy(),
      right,
      refusing("KMSInternalException", 500),
      right,
      (response) => json(response, 200, "{"),
    ];
    let turn = 0;
    answer = (...given) => (turns[turn++ % turns.length] ?? right)(...given);
    const tokens = Array.from({ length: 40 }, (_, index) => makeDirect(recipient, `v${index}`));
    expect(await makeHandler()({ texts: tokens }, within(25_000))).toMatchObject({
      texts: tokens.map((_, index) => `v${index}`),
      opened: 40,
      failed: [],
    });
  });
});

describe("what KMS does for a while", () => {
  test("half of the calls are throttled, whatever the pace: all are opened in time", async () => {
    let turn = 0;
    answer = (...given) => ((turn = (turn * 7 + 5) % 17) < 8 ? refusing("ThrottlingException") : right)(...given);
    const tokens = Array.from({ length: 150 }, (_, index) => makeDirect(recipient, `v${index}`));
    expect(await makeHandler()({ texts: tokens }, within(25_000))).toMatchObject({ opened: 150, failed: [] });
  });

  test("each answer takes longer than a first try: later ones wait for it", async () => {
    answer = (...given) => void setTimeout(() => right(...given), 3_500);
    expect(
      await makeHandler()({ texts: ["a", "b", "c"].map((value) => makeDirect(recipient, value)) }, within(25_000)),
    ).toMatchObject({ texts: ["a", "b", "c"] });
  });
});

describe("the budget of calls", () => {
  test("no second has more, over calls at the same time", async () => {
    const started = Date.now();
    const handler = makeHandler({ kms: { callsPerSecond: 20 } });
    const calls = [0, 1, 2].map((call) =>
      handler(
        { texts: Array.from({ length: 20 }, (_, index) => makeDirect(recipient, `${call} ${index}`)) },
        within(20_000),
      ),
    );
    expect(await Promise.all(calls)).toEqual(Array(3).fill(expect.objectContaining({ opened: 20 })));
    expect(arrivals).toHaveLength(60);
    // A busy machine makes a call later, and never earlier than a second behind the twentieth before it; timers may be
    // a little early.
    const early = arrivals.filter((arrival, index) => arrival - started < Math.floor(index / 20) * 990);
    expect(early).toEqual([]);
  });

  test("calls that are refused for want of time use up nothing", async () => {
    const handler = makeHandler({ kms: { callsPerSecond: 2 } });
    const texts = Array.from({ length: 50 }, (_, index) => makeDirect(recipient, String(index)));
    for (let call = 0; call < 5; call++) expect(await codeOf({ texts }, 700, handler)).toBe("kms_throttled");
    expect(await handler({ body: makeDirect(recipient, "at last") }, within(3_000))).toMatchObject({ body: "at last" });
  });
});

describe("content keys", () => {
  test("calls at the same time ask once for a content key that they share", async () => {
    answer = (...given) => void setTimeout(() => right(...given), 50);
    const contentKey = createContentKey(recipient);
    const handler = makeHandler();
    const answers = await Promise.all(
      [1, 2, 3].map((value) => handler({ body: makeSealed(recipient, String(value), undefined, contentKey) })),
    );
    expect(answers).toEqual(["1", "2", "3"].map((body) => expect.objectContaining({ body })));
    expect(arrivals).toHaveLength(1);
  });

  test("a failure is nobody else's: who waited for it asks", async () => {
    const contentKey = createContentKey(recipient);
    const handler = makeHandler();
    answer = (...given) =>
      void setTimeout(() => (arrivals.length === 1 ? refusing("AccessDeniedException") : right)(...given), 50);
    const settled = await Promise.allSettled(
      [1, 2].map((value) => handler({ body: makeSealed(recipient, String(value), undefined, contentKey) })),
    );
    expect(settled).toMatchObject([
      { status: "rejected", reason: { name: "kms_denied" } },
      { status: "fulfilled", value: { body: "2" } },
    ]);
  });

  test("with a cache of 0 each call asks", async () => {
    const contentKey = createContentKey(recipient);
    for (const kms of [{ cachedKeys: 0 }, { cacheSeconds: 0 }]) {
      arrivals = [];
      const handler = makeHandler({ kms });
      await Promise.all(
        [1, 2].map((value) => handler({ body: makeSealed(recipient, String(value), undefined, contentKey) })),
      );
      expect(arrivals).toHaveLength(2);
    }
  });
});
