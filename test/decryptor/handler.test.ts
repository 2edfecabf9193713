import { randomUUID } from "node:crypto";
import { DisableKeyCommand, KMSClient, ScheduleKeyDeletionCommand } from "@aws-sdk/client-kms";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { parseReader, type Reader } from "../../core/decrypt/reader/reader.ts";
import { formatToken } from "../../core/token/grammar.ts";
import { createRecipient, type Recipient } from "../../core/token/recipient.ts";
import { createContentKey, sealJson } from "../../core/token/sealed-content.ts";
import { createHandler, type InvocationContext } from "../../decryptor/handler.ts";
import type { Fault } from "../../local/kms/faults.ts";
import { type KmsWithClient, openKms } from "../support/local-kms.ts";
import { nextPrivateKeyPem, publicKeyPemOf } from "../support/rsa-keys.ts";

const secret = "4111 1111 1111 1111";
let fault: (operation: string, number: number) => Promise<Fault | undefined> = async () => undefined;
let calls = 0;
let inFlight = 0;
let mostInFlight = 0;
let local: KmsWithClient;
let client: KMSClient;
let one: Recipient;
let two: Recipient;

function makeRecipient(id: string): Recipient {
  const privateKeyPem = nextPrivateKeyPem(2048);
  const keyArn = local.kms.importKey({ keyId: randomUUID(), privateKeyPem });
  return createRecipient({ id, keyArn, prefix: `#${id}#`, suffix: `~${id}~` }, publicKeyPemOf(privateKeyPem));
}

beforeAll(async () => {
  local = await openKms({
    intercept: async ({ operation }) => {
      if (operation !== "Decrypt") return undefined;
      calls++;
      mostInFlight = Math.max(mostInFlight, ++inFlight);
      try {
        return await fault(operation, calls);
      } finally {
        inFlight--;
      }
    },
  });
  client = new KMSClient({
    endpoint: local.kms.url,
    region: "eu-central-1",
    credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "not a secret" },
    maxAttempts: 1,
    requestHandler: { connectionTimeout: 1_000 },
  });
  one = makeRecipient("01");
  two = makeRecipient("02");
});

afterAll(async () => {
  client.destroy();
  await local.close();
});

beforeEach(() => {
  fault = async () => undefined;
  calls = 0;
  mostInFlight = 0;
});

function makeReader(open: readonly string[] = ["01", "02"], limits: object = {}): Reader {
  const recipients = [one, two].map(({ id, keyArn, prefix, suffix }) => ({ id, keyArn, prefix, suffix }));
  return parseReader({ reader: "test", recipients, open, limits });
}

function direct(recipient: Recipient, text: string): string {
  return formatToken(recipient, recipient.encrypt(Buffer.from(text, "utf8")).toString("base64"));
}

/** What a direct invocation gets back. */
interface DirectAnswer {
  readonly body: string;
  readonly found: number;
  readonly opened: number;
  readonly withheld: readonly unknown[];
  readonly failed: readonly unknown[];
}

interface Call {
  readonly reader?: Reader;
  readonly context?: InvocationContext;
}

async function call(event: unknown, { reader = makeReader(), context = {} }: Call = {}) {
  const lines: string[] = [];
  const outcome = await createHandler(reader, client, (line) => lines.push(line))(event, context).then(
    (result) => ({ result: result as DirectAnswer, name: undefined, text: "" }),
    (error: unknown) => ({
      result: undefined,
      name: error instanceof Error ? error.name : "",
      text: error instanceof Error ? `${error.message} ${error.stack} ${String(error.cause)}` : "",
    }),
  );
  expect(`${lines.join()}${outcome.text}`).not.toContain(secret);
  expect(lines).toHaveLength(1);
  return outcome;
}

const within = (ms: number): InvocationContext => {
  const end = Date.now() + ms;
  return { getRemainingTimeInMillis: () => end - Date.now() };
};

describe("what is opened", () => {
  test("JSON: type and spelling come back, and the rest stays", async () => {
    const key = createContentKey(one);
    const seal = (json: string): string => formatToken(one, sealJson(key, undefined, json));
    const body =
      `{ "a": "${seal("1.0")}", "b": "x ${seal('"q\\"\\u00e9"')} y", ` +
      `"${seal('"\\u006eame"')}": [ "${direct(one, secret)}" ] }`;
    const { result } = await call({ body, contentType: "application/json" });
    expect(result).toEqual({
      body: `{ "a": 1.0, "b": "x q\\"é y", "\\u006eame": [ "${secret}" ] }`,
      found: 4,
      opened: 4,
      withheld: [],
      failed: [],
    });
    expect(calls).toBe(2);
  });

  test.each([
    ["text", "text/plain", "x", `a "quoted" \\ text`, `a "quoted" \\ text`],
    ["CSV as text", "text/csv", "1,", secret, secret],
    ["no content type, not JSON", undefined, "x", secret, secret],
  ])("%s: the plain characters", async (_, contentType, before, text, expected) => {
    const { result } = await call({
      body: `${before}${direct(one, text)}\r\n`,
      ...(contentType === undefined ? {} : { contentType }),
    });
    expect(result?.body).toBe(`${before}${expected}\r\n`);
  });

  test("no content type, JSON: as JSON", async () => {
    const { result } = await call({ body: `["${direct(one, 'a"b')}"]` });
    expect(result?.body).toBe('["a\\"b"]');
  });

  test("what is restored is not looked at again", async () => {
    const inner = direct(one, secret).slice(0, 190);
    const { result } = await call({ body: direct(one, inner) });
    expect(result?.body).toBe(inner);
  });

  test("each distinct ciphertext is asked for once, fifty at a time", async () => {
    // Nobody is answered before fifty have asked, however busy this machine is; then for a while, so that more would
    // show.
    const waitForFifty = async (waits: number): Promise<void> => {
      if (mostInFlight >= 50 || waits === 0) return;
      await new Promise((resolve) => setTimeout(resolve, 10));
      await waitForFifty(waits - 1);
    };
    fault = async () => {
      await waitForFifty(200);
      await new Promise((resolve) => setTimeout(resolve, 20));
      return undefined;
    };
    const tokens = Array.from({ length: 120 }, (_, index) => direct(one, `value ${index}`));
    const { result } = await call({ body: [...tokens, ...tokens].join(" ") });
    expect(result).toMatchObject({ found: 240, opened: 240 });
    expect([calls, mostInFlight]).toEqual([120, 50]);
  });

  test("600 sealed tokens of one request: one call", async () => {
    const key = createContentKey(one);
    const body = JSON.stringify(
      Array.from({ length: 600 }, (_, index) => formatToken(one, sealJson(key, undefined, String(index)))),
    );
    const { result } = await call({ body });
    expect(result?.body).toBe(JSON.stringify(Array.from({ length: 600 }, (_, index) => index)));
    expect(calls).toBe(1);
  });

  test("nothing to open: no call, and the very text", async () => {
    expect((await call({ body: "{ not json #01#" })).result).toEqual({
      body: "{ not json #01#",
      found: 0,
      opened: 0,
      withheld: [],
      failed: [],
    });
    expect(calls).toBe(0);
  });

  test("recipients that the reader may not open stay, and nobody is asked", async () => {
    const token = direct(two, secret);
    const { result } = await call({ body: `ab${token}` }, { reader: makeReader(["01"]) });
    expect(result).toMatchObject({
      body: `ab${token}`,
      found: 1,
      opened: 0,
      withheld: [{ offset: 2, recipient: "02" }],
    });
    expect(calls).toBe(0);
  });

  test("markers of nobody are text", async () => {
    const body = direct(one, secret).replaceAll("01", "09");
    expect((await call({ body })).result).toMatchObject({ body, found: 0 });
  });

  test("a stray prefix does not swallow the token after it", async () => {
    expect((await call({ body: `#01##01#abc${direct(one, "x")}` })).result?.body).toBe("#01##01#abcx");
  });
});

describe("what fails", () => {
  const bad = (): readonly (readonly [string, string])[] => {
    const token = direct(one, secret);
    return [
      ["token_damaged", token.slice(0, 100)],
      ["token_damaged", token.replace("~01~", "#01#")],
      ["token_invalid", formatToken(one, "A".repeat(342) + "==")],
      ["token_invalid", formatToken(one, two.encrypt(Buffer.from(secret)).toString("base64"))],
      ["token_invalid", formatToken(one, one.encrypt(Buffer.from([0xff])).toString("base64"))],
      ["token_invalid", formatToken(one, sealJson(createContentKey(one), undefined, '1,"admin":true'))],
      [
        "token_invalid",
        formatToken(one, sealJson(createContentKey(one), undefined, `${"[".repeat(1001)}${"]".repeat(1001)}`)),
      ],
    ];
  };

  test.each([0, 1, 2, 3, 4, 5, 6])("bad token %i: the whole call, or kept where it stands", async (index) => {
    const [code, token] = bad()[index] ?? ["", ""];
    const body = `${direct(one, "fine")} ${token} end`;
    expect((await call({ body })).name).toBe(code);
    const { result } = await call({ body, onFailure: "keep" });
    expect(result).toMatchObject({ body: `fine ${token} end`, found: 2, opened: 1 });
    expect(result?.failed).toEqual([{ offset: body.indexOf(" ") + 1, code }]);
  });

  test.each([
    ["kms_denied", "AccessDeniedException"],
    ["kms_key_unusable", "DisabledException"],
    ["kms_key_unusable", "KMSInvalidStateException"],
    ["kms_key_unusable", "NotFoundException"],
    ["token_invalid", "InvalidCiphertextException"],
  ] as const)("%s: KMS says %s, once", async (code, name) => {
    fault = async () => ({ kind: "error", name });
    expect((await call({ body: direct(one, secret) })).name).toBe(code);
    expect(calls).toBe(1);
  });

  test.each([
    ["throttling", { kind: "error", name: "ThrottlingException" }],
    ["an internal error", { kind: "error", name: "KMSInternalException" }],
    ["a bare 503", { kind: "status", status: 503 }],
    ["a reset", { kind: "reset" }],
  ] as const)("%s that passes is waited out", async (_, passing) => {
    fault = async (_operation, number) => (number <= 3 ? passing : undefined);
    expect((await call({ body: direct(one, secret) })).result?.body).toBe(secret);
    expect(calls).toBe(4);
  });

  test.each(["delay", "stall"] as const)("a call that hangs (%s) is given up in time for another", async (kind) => {
    fault = async (_operation, number) => (number === 1 ? { kind, delayMs: 60_000 } : undefined);
    expect((await call({ body: direct(one, secret) }, { context: within(10_000) })).result?.body).toBe(secret);
  });

  test.each([
    ["kms_throttled", { kind: "error", name: "ThrottlingException" }],
    ["kms_throttled", { kind: "status", status: 429 }],
    ["kms_unavailable", { kind: "error", name: "KMSInternalException" }],
    ["kms_unavailable", { kind: "status", status: 503 }],
    ["kms_unavailable", { kind: "reset" }],
    ["kms_unavailable", { kind: "delay", delayMs: 20_000 }],
    ["kms_unavailable", { kind: "stall", delayMs: 20_000 }],
  ] as const)("%s: %p that stays is reported before the function's time is over", async (code, staying) => {
    fault = async () => staying;
    const context = within(1_500);
    expect((await call({ body: direct(one, secret) }, { context })).name).toBe(code);
    expect(context.getRemainingTimeInMillis?.()).toBeGreaterThan(0);
  });

  test("another key in KMS's answer", async () => {
    fault = async () => ({ kind: "answer", members: { KeyId: two.keyArn } });
    expect((await call({ body: direct(one, secret) })).name).toBe("kms_key_mismatch");
  });

  test("an answer without plaintext", async () => {
    fault = async () => ({ kind: "answer", members: { Plaintext: undefined } });
    expect((await call({ body: direct(one, secret) })).name).toBe("token_invalid");
  });

  test("a failure is not remembered", async () => {
    fault = async () => ({ kind: "error", name: "InvalidCiphertextException" });
    const handler = createHandler(makeReader(), client, () => undefined);
    const event = { body: direct(one, secret) };
    await expect(handler(event)).rejects.toMatchObject({ name: "token_invalid" });
    fault = async () => undefined;
    await expect(handler(event)).resolves.toMatchObject({ body: secret });
  });

  test("keys that are disabled, or wait for deletion", async () => {
    const [disabled, leaving] = [makeRecipient("03"), makeRecipient("04")];
    await local.client.send(new DisableKeyCommand({ KeyId: disabled.keyArn }));
    await local.client.send(new ScheduleKeyDeletionCommand({ KeyId: leaving.keyArn, PendingWindowInDays: 7 }));
    const recipients = [disabled, leaving].map(({ id, keyArn, prefix, suffix }) => ({ id, keyArn, prefix, suffix }));
    const reader = parseReader({ reader: "test", recipients, open: ["03", "04"] });
    for (const recipient of [disabled, leaving]) {
      expect((await call({ body: direct(recipient, secret) }, { reader })).name).toBe("kms_key_unusable");
    }
  });

  test("more tokens than a call may open", async () => {
    const reader = makeReader(["01"], { tokens: 2 });
    const token = direct(one, secret);
    expect((await call({ body: token.repeat(2) }, { reader })).result?.opened).toBe(2);
    expect((await call({ body: token.repeat(3) }, { reader })).name).toBe("too_many_tokens");
  });

  test("as many as Lambda takes are not too many", async () => {
    const token = direct(one, "x".repeat(100));
    const count = Math.floor(6_000_000 / token.length);
    expect((await call({ body: token.repeat(count) })).result?.opened).toBe(count);
  });

  test("JSON that is none", async () => {
    expect((await call({ body: `{"a":"${direct(one, secret)}"`, contentType: "application/json" })).name).toBe(
      "body_malformed",
    );
  });
});

describe("events", () => {
  test("an unforeseen failure is a coded error with an audit line, and neither quotes the event", async () => {
    const lines: string[] = [];
    const { id, keyArn, prefix, suffix } = one;
    const reader = parseReader({ reader: "test", recipients: [{ id, keyArn, prefix, suffix }], open: ["01"] });
    const handler = createHandler(reader, client, (line) => void lines.push(line));
    const event = {
      get requestContext(): never {
        throw new TypeError(`cannot read ${secret}`);
      },
    };
    const failure: unknown = await handler(event).catch((error: unknown) => error);
    expect(failure).toMatchObject({ name: "internal_error" });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain("internal_error");
    expect(`${String(failure)} ${(failure as Error).stack} ${lines.join()}`).not.toContain(secret);
  });

  test.each([
    ["unknown_event", undefined],
    ["unknown_event", null],
    ["unknown_event", []],
    ["unknown_event", "text"],
    ["unknown_event", {}],
    ["unknown_event", { body: "x", other: 1 }],
    ["request_invalid", { body: 7 }],
    ["request_invalid", { body: null }],
    ["request_invalid", { body: "x", contentType: 7 }],
    ["request_invalid", { body: "x", contentType: "json" }],
    ["request_invalid", { body: "x", onFailure: "ignore" }],
  ])("%s: %p", async (name, event) => {
    expect((await call(event)).name).toBe(name);
  });
});
