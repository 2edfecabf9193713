import { InvokeCommand, type InvokeCommandInput, type InvokeCommandOutput, LambdaClient } from "@aws-sdk/client-lambda";
import { afterEach, describe, expect, test } from "@jest/globals";
import type { LambdaContext, LambdaFunction } from "../../../local/invocation.ts";
import { type LambdaLogEntry, type LambdaOptions, startLambda } from "../../../local/lambda/server.ts";

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const opened of open.splice(0)) await opened.close();
});

interface Started {
  readonly url: string;
  readonly log: LambdaLogEntry[];
  readonly invoke: (input?: Partial<InvokeCommandInput>) => Promise<InvokeCommandOutput>;
}

/** An endpoint with one function, and the AWS SDK's client for it. */
async function start(decryptor: LambdaFunction, options: Partial<LambdaOptions> = {}): Promise<Started> {
  const log: LambdaLogEntry[] = [];
  const own: LambdaOptions = { port: 0, functions: { decryptor }, log: (entry) => log.push(entry) };
  const { url, close } = await startLambda({ ...own, ...options });
  const client = new LambdaClient({
    endpoint: url,
    region: "us-east-1",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
    maxAttempts: 1,
  });
  open.push({ close: () => client.destroy() }, { close });
  return { url, log, invoke: (input) => client.send(new InvokeCommand({ FunctionName: "decryptor", ...input })) };
}

const parse = ({ Payload }: InvokeCommandOutput): unknown => JSON.parse(Payload?.transformToString() ?? "");
const echo: LambdaFunction = async (event) => ({ event });

describe("a function that returns", () => {
  test("answers with its result as JSON", async () => {
    const { invoke, log } = await start(echo);
    const output = await invoke({ Payload: '{"body": "Zoë"}' });
    expect(parse(output)).toEqual({ event: { body: "Zoë" } });
    expect(output).toMatchObject({ StatusCode: 200, ExecutedVersion: "$LATEST" });
    expect(output.FunctionError).toBe(undefined);
    expect(log).toEqual([{ requestId: output.$metadata.requestId, functionName: "decryptor", result: "returned" }]);
  });

  const payloads: readonly [input: Partial<InvokeCommandInput>, event: unknown, why: string][] = [
    [{}, {}, "no payload"],
    [{ Payload: "" }, {}, "empty payload"],
    [{ Payload: "[1]" }, [1], "array"],
    [{ Payload: '"text"' }, "text", "string"],
    [{ Payload: "null" }, null, "null"],
  ];
  test.each(payloads)("gets %j as %j (%s)", async (input, event) => {
    const { invoke } = await start(echo);
    expect(parse(await invoke(input))).toEqual({ event });
  });

  test("answers null for no result", async () => {
    const { invoke } = await start(async () => undefined);
    expect(parse(await invoke())).toBe(null);
  });
});

describe("a function is found by", () => {
  const arn = "arn:aws:lambda:eu-west-1:123456789012:function:decryptor";
  const own = "arn:aws:lambda:us-east-1:000000000000:function:decryptor";
  const names: readonly [why: string, input: Partial<InvokeCommandInput>, invokedFunctionArn: string][] = [
    ["name", {}, own],
    ["name and version", { FunctionName: "decryptor:7" }, `${own}:7`],
    ["name and Qualifier", { Qualifier: "live" }, `${own}:live`],
    ["partial ARN", { FunctionName: "123456789012:function:decryptor" }, own],
    ["ARN", { FunctionName: arn }, own],
    ["ARN with qualifier", { FunctionName: `${arn}:$LATEST` }, `${own}:$LATEST`],
  ];
  test.each(names)("%s", async (_, input, invokedFunctionArn) => {
    let context: LambdaContext | undefined;
    const { invoke } = await start(async (__, given) => {
      context = given;
    });
    const { $metadata } = await invoke(input);
    expect(context).toMatchObject({ functionName: "decryptor", functionVersion: "$LATEST", invokedFunctionArn });
    expect(context?.awsRequestId).toBe($metadata.requestId);
    expect(context?.getRemainingTimeInMillis()).toBeGreaterThan(0);
  });
});

describe("a function that fails answers 200 with a function error", () => {
  const named = Object.assign(new Error("A token could not be opened."), { name: "token_invalid" });
  const thrown: readonly [why: string, error: unknown, failure: object][] = [
    ["coded error", named, { errorType: "token_invalid", errorMessage: "A token could not be opened.", trace: [] }],
    ["error", new TypeError("wrong"), { errorType: "TypeError", errorMessage: "wrong", trace: [] }],
    ["string", "text", { errorType: "string", errorMessage: "text", trace: [] }],
    ["nothing", undefined, { errorType: "undefined", errorMessage: "undefined", trace: [] }],
  ];
  test.each(thrown)("throws: %s", async (_, error, failure) => {
    const { invoke, log } = await start(async () => Promise.reject(error));
    const output = await invoke();
    expect(output).toMatchObject({ StatusCode: 200, FunctionError: "Unhandled", ExecutedVersion: "$LATEST" });
    expect(parse(output)).toEqual(failure);
    expect(log).toMatchObject([{ result: "failed" }]);
  });

  test("takes too long", async () => {
    const { invoke, log } = await start(() => new Promise(() => undefined), { timeoutMs: 20 });
    const output = await invoke();
    expect(output.FunctionError).toBe("Unhandled");
    expect(parse(output)).toEqual({
      errorType: "Sandbox.Timedout",
      errorMessage: `RequestId: ${output.$metadata.requestId} Error: Task timed out after 0.02 seconds`,
    });
    expect(log).toMatchObject([{ result: "timed out" }]);
  });

  const sizes: readonly [characters: number, error: string | undefined][] = [
    [6_291_554, undefined],
    [6_291_555, "Unhandled"],
  ];
  test.each(sizes)("returns a string of %d characters: %p", async (characters, error) => {
    const { invoke } = await start(async () => "a".repeat(characters));
    const output = await invoke();
    expect(output.FunctionError).toBe(error);
    if (error !== undefined) expect(parse(output)).toMatchObject({ errorType: "Function.ResponseSizeTooLarge" });
  });
});

describe("the invocation type", () => {
  test("Event answers 202 at once and calls the function", async () => {
    const called = Promise.withResolvers<unknown>();
    const { invoke } = await start(async (event) => called.resolve(event));
    const output = await invoke({ InvocationType: "Event", Payload: '{"a":1}' });
    expect(output.StatusCode).toBe(202);
    expect(await called.promise).toEqual({ a: 1 });
  });

  test("Event hides that the function fails, but logs it", async () => {
    const logged = Promise.withResolvers<LambdaLogEntry>();
    const failing: LambdaFunction = async () => Promise.reject(new RangeError("x"));
    const { invoke } = await start(failing, { log: logged.resolve });
    expect((await invoke({ InvocationType: "Event" })).StatusCode).toBe(202);
    expect(await logged.promise).toMatchObject({ result: "failed", errorName: "RangeError" });
  });

  test("DryRun answers 204 and calls nothing", async () => {
    const { invoke, log } = await start(echo);
    expect((await invoke({ InvocationType: "DryRun" })).StatusCode).toBe(204);
    expect(log).toEqual([]);
  });
});

describe("the service refuses", () => {
  const unknown = "Function not found: arn:aws:lambda:us-east-1:000000000000:function:";
  const large = `"${"a".repeat(6_291_455)}"`;
  const refused: readonly [name: string, status: number, input: object, message: string, why: string][] = [
    ["ResourceNotFoundException", 404, { FunctionName: "other" }, `${unknown}other`, "unknown function"],
    ["ResourceNotFoundException", 404, { FunctionName: "constructor" }, `${unknown}constructor`, "inherited name"],
    [
      "ResourceNotFoundException",
      404,
      { FunctionName: "other", InvocationType: "DryRun" },
      `${unknown}other`,
      "dry run",
    ],
    ["ValidationException", 400, { FunctionName: "a b" }, "The function name is not valid.", "bad name"],
    ["InvalidParameterValueException", 400, { InvocationType: "Later" }, "Unknown invocation type.", "bad type"],
    [
      "InvalidParameterValueException",
      400,
      { InvocationType: "constructor" },
      "Unknown invocation type",
      "inherited name",
    ],
    ["InvalidRequestContentException", 400, { Payload: '{"a' }, "Could not parse request body into json.", "no JSON"],
    [
      "InvalidRequestContentException",
      400,
      { Payload: Uint8Array.of(0x22, 0xff, 0x22) },
      "Could not parse",
      "no UTF-8",
    ],
    ["RequestTooLargeException", 413, { Payload: large }, "no larger than 6291456 bytes", "payload over 6 MB"],
    [
      "RequestTooLargeException",
      413,
      { Payload: large.slice(-1_048_577), InvocationType: "Event" },
      "no larger than 1048576 bytes",
      "event over 1 MB",
    ],
  ];
  test.each(refused)("%s %d", async (name, status, input, message) => {
    const { invoke, log } = await start(echo);
    const refusal = await invoke(input).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ name, message: expect.stringContaining(message) });
    expect(refusal).toMatchObject({ $metadata: { httpStatusCode: status } });
    expect(log).toEqual([]);
  });

  test("but accepts a payload of exactly 6 MB", async () => {
    const { invoke } = await start(async (event) => String(event).length);
    expect(parse(await invoke({ Payload: large.slice(1).replace(/^a/, '"') }))).toBe(6_291_454);
  });

  const requests: readonly [method: string, path: string, why: string][] = [
    ["GET", "/2015-03-31/functions/decryptor/invocations", "method"],
    ["POST", "/2015-03-31/functions", "path"],
    ["POST", "//", "no path"],
    ["POST", "/2021-11-15/functions/decryptor/response-streaming-invocations", "streaming"],
  ];
  test.each(requests)("UnknownOperationException 404 %s %s (%s)", async (method, path) => {
    const { url } = await start(echo);
    const response = await fetch(url + path, { method });
    expect(response.status).toBe(404);
    expect(response.headers.get("x-amzn-errortype")).toBe("UnknownOperationException");
  });

  test("a name with wrong percent-encoding", async () => {
    const { url } = await start(echo);
    expect((await fetch(`${url}/2015-03-31/functions/%ff/invocations`, { method: "POST" })).status).toBe(400);
  });
});

test("a port in use is refused with its number", async () => {
  const port = Number(new URL((await start(echo)).url).port);
  await expect(startLambda({ port, functions: {} })).rejects.toThrow(
    `Lambda: port ${port} on 127.0.0.1 is in use. Choose another port.`,
  );
});
