/** The simulator's refusals, and its answers when a function or an origin fails. */
import { createServer } from "node:http";
import { describe, expect, test } from "@jest/globals";
import type { LambdaFunction } from "../../../local/invocation.ts";
import { listen } from "../../../local/listen.ts";
import { pass, readRequest, replace, sendRaw, useCloudFront } from "../../support/cloudfront.ts";

const canary = "4111111111111111";
const start = useCloudFront();

describe("a function that fails is a 503, and the origin gets nothing", () => {
  const handlers: readonly [why: string, handler: LambdaFunction, logged: object][] = [
    [
      "rejects",
      async () => Promise.reject(new RangeError(canary)),
      { reason: "the function failed", errorName: "RangeError" },
    ],
    ["throws no error", async () => Promise.reject(canary), { errorName: "string" }],
    ["takes too long", () => new Promise(() => undefined), { reason: "the function timed out" }],
    ["returns a value that JSON cannot hold", async () => ({ status: 200n }), { errorName: "Error" }],
  ];
  test.each(handlers)("%s", async (_, handler, logged) => {
    const { url, received, log } = await start(handler, { timeoutMs: 50 });
    const response = await fetch(`${url}/${canary}`, { method: "POST", body: canary, headers: { "x-a": canary } });
    expect(response.status).toBe(503);
    expect(response.headers.get("x-cache")).toBe("LambdaExecutionError from cloudfront");
    expect(JSON.stringify([...response.headers]) + (await response.text()) + JSON.stringify(log)).not.toContain(canary);
    expect(log).toMatchObject([{ status: 503, result: "LambdaExecutionError", ...logged }]);
    expect(received).toEqual([]);
  });
});

describe("a result that CloudFront refuses is a 502, and the origin gets nothing", () => {
  const handlers: readonly [why: string, handler: LambdaFunction, reason: string][] = [
    ["nothing returned", async () => undefined, "the result is not an object"],
    ["status is a number", async () => ({ status: 200 }), "the status is not a string from 200 to 599"],
    ["body too large", replace("a".repeat(1_000_001)), "the replaced body is too large"],
    [
      "event changed in place before it is returned",
      async (event) => Object.assign(readRequest(event), { method: "PUT" }),
      "the method was changed",
    ],
  ];
  test.each(handlers)("%s", async (_, handler, reason) => {
    const { url, received, log } = await start(handler);
    const response = await fetch(`${url}/${canary}`, { method: "POST", body: canary, headers: { "x-a": canary } });
    expect(response.status).toBe(502);
    expect(response.headers.get("x-cache")).toBe("LambdaValidationError from cloudfront");
    const text = await response.text();
    expect(text).toBe(`502: ${reason}\n`);
    expect(JSON.stringify([...response.headers]) + JSON.stringify(log)).not.toContain(canary);
    expect(log).toMatchObject([{ status: 502, result: "LambdaValidationError", reason }]);
    expect(received).toEqual([]);
  });
});

describe("a request that CloudFront refuses before any function runs", () => {
  const end = "Host: a\r\nConnection: close\r\n";
  const messages: readonly [status: number, why: string, message: string][] = [
    [403, "GET with a body", `GET / HTTP/1.1\r\n${end}Content-Length: 1\r\n\r\nx`],
    [403, "method that is not allowed", `TRACE / HTTP/1.1\r\n${end}\r\n`],
    [403, "method that is not allowed", `PROPFIND / HTTP/1.1\r\n${end}\r\n`],
    [400, "WebSocket", "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, close\r\nUpgrade: WebSocket\r\n\r\n"],
    [400, "target is no path", `OPTIONS * HTTP/1.1\r\n${end}\r\n`],
    [400, "fragment in the target", `GET /a#b HTTP/1.1\r\n${end}\r\n`],
    [400, "target is not ASCII", `GET /\xe9 HTTP/1.1\r\n${end}\r\n`],
    [413, "body beyond what is held", `POST / HTTP/1.1\r\n${end}Content-Length: 9\r\n\r\n123456789`],
    [414, "URL too long", `GET /${"a".repeat(8_191)} HTTP/1.1\r\n${end}\r\n`],
    [431, "headers too long", `GET / HTTP/1.1\r\n${end}X-A: ${"a".repeat(32_768)}\r\n\r\n`],
  ];
  test.each(messages)("%d: %s", async (status, _, message) => {
    let called = false;
    const handler: LambdaFunction = async () => (called = true);
    const { url, received } = await start(handler, { limits: { viewerBodyBytes: 8 } });
    expect(await sendRaw(url, message)).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(called).toBe(false);
    expect(received).toEqual([]);
  });

  test("except a target in absolute form, and another Upgrade, which is only hidden", async () => {
    const { url, received } = await start(pass);
    const message = `GET http://viewer/a?b HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, close\r\nUpgrade: h2c\r\n\r\n`;
    expect(await sendRaw(url, message)).toMatch(/^HTTP\/1\.1 200 /);
    expect(received).toMatchObject([{ url: "/a?b" }]);
  });
});

describe("an origin that fails", () => {
  test("by being down is a 502", async () => {
    const down = await listen(createServer(), { part: "Down", port: 0 });
    await down.close();
    const { url, log } = await start(pass, { originUrl: down.url });
    const response = await fetch(url);
    expect([response.status, await response.text()]).toEqual([502, "502: the origin cannot be reached\n"]);
    expect(response.headers.get("x-cache")).toBe("Error from cloudfront");
    expect(log).toMatchObject([{ status: 502, result: "Error" }]);
  });

  test("by silence is a 504", async () => {
    const handler: LambdaFunction = async (event) => {
      const request = readRequest(event);
      return { ...request, origin: { custom: { ...request.origin.custom, readTimeout: 1 } } };
    };
    const { url } = await start(handler, { answer: () => undefined });
    expect((await fetch(url)).status).toBe(504);
  });

  test("in the middle of its answer breaks off the viewer's", async () => {
    const { url } = await start(pass, {
      answer: (_, response) => {
        response.writeHead(200, { "Content-Length": "100" });
        response.write("part", () => response.destroy());
      },
    });
    await expect(fetch(url).then((response) => response.text())).rejects.toThrow("terminated");
  });
});
