import { describe, expect, test } from "@jest/globals";
import { invoke, type LambdaContext, type LambdaFunction, readError } from "../../local/invocation.ts";

const invocation = {
  functionName: "test",
  functionVersion: "7",
  invokedFunctionArn: "arn:aws:lambda:us-east-1:000000000000:function:test:7",
  timeoutMs: 10_000,
};

describe("a returned value becomes JSON as in the Lambda runtime", () => {
  const values: readonly [result: unknown, text: string, why: string][] = [
    [{ a: [1, null] }, '{"a":[1,null]}', "object"],
    ["text", '"text"', "string"],
    [undefined, "null", "nothing"],
    [() => 1, "null", "function"],
    [{ a: undefined, b: 1 }, '{"b":1}', "absent member"],
    [new Date(0), '"1970-01-01T00:00:00.000Z"', "toJSON"],
  ];
  test.each(values)("%p is %s (%s)", async (result, text) => {
    expect(await invoke(async () => result, "{}", invocation)).toMatchObject({ kind: "returned", text });
  });

  test("a value that JSON cannot hold is a failure, which does not quote it", async () => {
    const end = await invoke(async () => ({ secret: 1n }), "{}", invocation);
    expect(end).toMatchObject({ kind: "failed", error: new Error("Unable to stringify response body") });
  });
});

test("the handler gets a copy of the event and a context", async () => {
  let context: LambdaContext | undefined;
  const handler: LambdaFunction = async (event, given) => {
    context = given;
    return event;
  };
  const end = await invoke(handler, '{"a": 1}', invocation);
  expect(end).toEqual({ kind: "returned", text: '{"a":1}', awsRequestId: context?.awsRequestId });
  const { timeoutMs, ...described } = invocation;
  expect(context).toMatchObject({ ...described, awsRequestId: expect.stringMatching(/^[0-9a-f-]{36}$/) });
  expect(context?.getRemainingTimeInMillis()).toBeGreaterThan(0);
  expect(context?.getRemainingTimeInMillis()).toBeLessThanOrEqual(timeoutMs);
});

test("a handler that has returned leaves no timer behind", async () => {
  const countTimers = () => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
  const before = countTimers();
  await invoke(async () => 1, "{}", invocation);
  expect(countTimers()).toBe(before);
});

describe("a handler that fails", () => {
  const error = new TypeError("wrong");
  const handlers: readonly [why: string, handler: LambdaFunction][] = [
    ["rejects", async () => Promise.reject(error)],
    [
      "throws before it returns a promise",
      () => {
        throw error;
      },
    ],
  ];
  test.each(handlers)("%s", async (_, handler) => {
    expect(await invoke(handler, "{}", invocation)).toMatchObject({ kind: "failed", error });
  });
});

test("a handler that takes too long times out, and a later error of it is ignored", async () => {
  let fail: (error: Error) => void = () => undefined;
  const handler: LambdaFunction = () => new Promise((_, reject) => (fail = reject));
  expect(await invoke(handler, "{}", { ...invocation, timeoutMs: 5 })).toMatchObject({ kind: "timed out" });
  fail(new Error("too late"));
});

const errors: readonly [why: string, error: unknown, name: string, message: string][] = [
  ["error", new TypeError("wrong"), "TypeError", "wrong"],
  ["named error", Object.assign(new Error("wrong"), { name: "token_invalid" }), "token_invalid", "wrong"],
  ["DOMException", new DOMException("late", "TimeoutError"), "TimeoutError", "late"],
  ["string", "text", "string", "text"],
  ["symbol", Symbol("s"), "symbol", "Symbol(s)"],
  ["nothing", undefined, "undefined", "undefined"],
  ["null", null, "object", "[object Null]"],
  ["object that cannot be made a string", Object.create(null), "object", "[object Object]"],
];
test.each(errors)("an error has a name and a message: %s", (_, error, name, message) => {
  expect(readError(error)).toEqual({ name, message });
});
