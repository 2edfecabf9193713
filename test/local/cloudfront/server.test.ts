/** The simulator forwards requests that a function returns, and sends responses that it returns. */
import { once } from "node:events";
import { createServer, request as requestHttp } from "node:http";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "@jest/globals";
import type { EventRequest } from "../../../local/cloudfront/event.ts";
import { startCloudFront } from "../../../local/cloudfront/server.ts";
import { listen } from "../../../local/listen.ts";
import { pass, readRequest, replace, sendRaw, useCloudFront } from "../../support/cloudfront.ts";

const start = useCloudFront();

describe("a request that the function returns", () => {
  test("reaches the origin unchanged, and the origin's answer comes back", async () => {
    const { url, received, log } = await start(pass, {
      answer: (_, response) => {
        response.writeHead(201, "Made", { "X-A": ["1", "2"], "Keep-Alive": "timeout=9" }).end("made");
      },
    });
    const response = await fetch(`${url}/people//x?a=1&a=%20`, { method: "POST", body: "hello" });
    expect(response.status).toBe(201);
    expect(response.statusText).toBe("Made");
    expect(await response.text()).toBe("made");
    expect(response.headers.get("x-a")).toBe("1, 2");
    expect(response.headers.get("x-cache")).toBe("Miss from cloudfront");
    expect(response.headers.get("via")).toBe("1.1 d111111abcdef8.cloudfront.net (CloudFront)");
    expect(response.headers.get("keep-alive")).not.toBe("timeout=9");
    expect(received).toMatchObject([{ method: "POST", url: "/people//x?a=1&a=%20", body: "hello" }]);
    const requestId = response.headers.get("x-amz-cf-id");
    expect(received[0]?.headers["x-amz-cf-id"]).toBe(requestId);
    expect(log).toEqual([{ requestId, status: 201, result: "Miss" }]);
  });

  const methods = ["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"];
  test.each(methods)("is forwarded with method %s", async (method) => {
    const { url, received } = await start(pass);
    const response = await fetch(url, { method });
    expect(response.status).toBe(200);
    expect(await response.text()).toBe(method === "HEAD" ? "" : "from the origin");
    const length = ["GET", "HEAD", "OPTIONS"].includes(method) ? undefined : "0";
    expect(received).toMatchObject([{ method, body: "" }]);
    expect(received[0]?.headers["content-length"]).toBe(length);
  });

  test("keeps its spelling and its repeated headers, and loses the hidden ones", async () => {
    let seen: EventRequest | undefined;
    const { url, received } = await start(async (event) => (seen = readRequest(event)));
    const line = "GET /a/../%2e%2E//b;c?? HTTP/1.1\r\n";
    const head = "Host: viewer\r\nX-A: 1\r\nx-a: 2\r\nX-Real-IP: 3\r\nTE: trailers\r\nConnection: close\r\n\r\n";
    expect(await sendRaw(url, line + head)).toMatch(/^HTTP\/1\.1 200 /);
    expect(seen?.headers["x-a"]).toEqual([
      { key: "X-A", value: "1" },
      { key: "x-a", value: "2" },
    ]);
    const [{ url: target, rawHeaders, headers } = { url: "", rawHeaders: [], headers: {} }] = received;
    expect(target).toBe("/a/../%2e%2E//b;c??");
    expect(rawHeaders.join(" ")).toContain("X-A 1 x-a 2");
    expect(headers).not.toHaveProperty("x-real-ip");
    expect(headers).not.toHaveProperty("te");
    expect(seen?.headers).not.toHaveProperty("x-real-ip");
    expect(headers.host).toBe(seen?.headers["host"]?.[0]?.value);
  });

  test("may have headers of 30,000 bytes", async () => {
    const { url, received } = await start(pass);
    expect((await fetch(url, { headers: { "x-a": "a".repeat(30_000) } })).status).toBe(200);
    expect(received[0]?.headers["x-a"]).toHaveLength(30_000);
  });

  test("has the origin's Host when the function removes it", async () => {
    const { url, received } = await start(async (event) => {
      const { headers, ...rest } = readRequest(event);
      const { host, ...others } = headers;
      return host === undefined ? undefined : { ...rest, headers: others };
    });
    await fetch(url);
    expect(received[0]?.headers.host).toMatch(/^127\.0\.0\.1:\d+$/);
  });

  test("goes to the origin with the whole body when the function saw a part", async () => {
    let seen: EventRequest | undefined;
    const limits = { shownBodyBytes: 4 };
    const { url, received } = await start(async (event) => (seen = readRequest(event)), { limits });
    await fetch(url, { method: "POST", body: "0123456789" });
    expect(seen?.body).toMatchObject({ inputTruncated: true, data: Buffer.from("0123").toString("base64") });
    expect(received[0]?.body).toBe("0123456789");
  });

  test("of two megabytes is cut for the function and whole for the origin", async () => {
    let seen: EventRequest | undefined;
    const { url, received } = await start(async (event) => (seen = readRequest(event)));
    await fetch(url, { method: "PUT", body: "a".repeat(2_097_152) });
    expect(seen?.body?.data.length).toBe(1_398_104);
    expect(received[0]?.body.length).toBe(2_097_152);
  });

  test("has its replaced body with a new length", async () => {
    const { url, received } = await start(replace("é, longer than it was"));
    await fetch(url, { method: "POST", body: "short" });
    expect(received).toMatchObject([{ headers: { "content-length": "22" } }]);
    expect(Buffer.from(received[0]?.body ?? "", "latin1").toString()).toBe("é, longer than it was");
  });

  test("that is chunked goes out with a length", async () => {
    let seen: EventRequest | undefined;
    const { url, received } = await start(async (event) => (seen = readRequest(event)));
    const head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n";
    expect(await sendRaw(url, `${head}3\r\nabc\r\n0\r\n\r\n`)).toMatch(/^HTTP\/1\.1 200 /);
    expect(seen?.headers["transfer-encoding"]).toEqual([{ key: "Transfer-Encoding", value: "chunked" }]);
    expect(received).toMatchObject([{ body: "abc", headers: { "content-length": "3" } }]);
    expect(received[0]?.headers).not.toHaveProperty("transfer-encoding");
  });

  test("without replace keeps the viewer's body, whatever the function wrote", async () => {
    const edited = Buffer.from("edited").toString("base64");
    const { url, received } = await start(async (event) => {
      const { body, ...rest } = readRequest(event);
      return { ...rest, body: { ...body, data: edited } };
    });
    await fetch(url, { method: "POST", body: "original" });
    expect(received[0]?.body).toBe("original");
  });

  test("goes to the origin that the function chose", async () => {
    const other = await listen(
      createServer((_, response) => response.end("other")),
      { part: "Other", port: 0 },
    );
    const { url, received } = await start(async (event) => {
      const request = readRequest(event);
      return { ...request, origin: { custom: { ...request.origin.custom, port: Number(new URL(other.url).port) } } };
    });
    expect(await (await fetch(url)).text()).toBe("other");
    expect(received).toEqual([]);
    await other.close();
  });

  test("brings back a compressed answer untouched", async () => {
    const zipped = gzipSync("compressed");
    const { url } = await start(pass, {
      answer: (_, response) => response.writeHead(200, { "Content-Encoding": "gzip" }).end(zipped),
    });
    expect(await (await fetch(url)).text()).toBe("compressed");
  });

  test("brings back an error of the origin as such", async () => {
    const { url } = await start(pass, { answer: (_, response) => response.writeHead(404).end("nothing") });
    const response = await fetch(url);
    expect([response.status, await response.text()]).toEqual([404, "nothing"]);
    expect(response.headers.get("x-cache")).toBe("Error from cloudfront");
  });
});

describe("a response that the function returns", () => {
  const generated = {
    status: "413",
    statusDescription: "Too Much",
    headers: {
      "cache-control": [{ key: "Cache-Control", value: "no-store" }],
      "set-cookie": [{ value: "a" }, { value: "b" }],
    },
    body: Buffer.from("no").toString("base64"),
    bodyEncoding: "base64",
  };

  test("goes to the viewer, and nothing to the origin", async () => {
    const { url, received, log } = await start(async () => generated);
    const response = await fetch(url, { method: "POST", body: "x" });
    expect([response.status, response.statusText, await response.text()]).toEqual([413, "Too Much", "no"]);
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(response.headers.getSetCookie()).toEqual(["a", "b"]);
    expect(response.headers.get("x-cache")).toBe("LambdaGeneratedResponse from cloudfront");
    expect(received).toEqual([]);
    expect(log).toMatchObject([{ status: 413, result: "LambdaGeneratedResponse" }]);
  });

  test.each(["200", "204"])("with status %s and nothing else", async (status) => {
    const { url } = await start(async () => ({ status }));
    const response = await fetch(url);
    expect([response.status, await response.text()]).toEqual([Number(status), ""]);
  });
});

test("a viewer that leaves ends the request to the origin", async () => {
  let originLost: Promise<unknown> | undefined;
  const arrived = Promise.withResolvers<void>();
  const { url } = await start(pass, {
    answer: (request) => {
      originLost = once(request.socket, "close");
      arrived.resolve();
    },
  });
  const request = requestHttp(url, { agent: false }).on("error", () => undefined);
  request.end();
  await arrived.promise;
  request.destroy();
  await originLost;
});

test("the handler gets a Lambda context", async () => {
  let context: object | undefined;
  const { url } = await start(async (event, given) => {
    context = given;
    return readRequest(event);
  });
  await fetch(url);
  expect(context).toMatchObject({ functionName: "origin-request", functionVersion: "1" });
});

test("an origin must be an http or https URL", async () => {
  const options = { port: 0, handler: pass };
  await expect(startCloudFront({ ...options, originUrl: "ftp://a" })).rejects.toThrow(
    "originUrl must be an http or https URL",
  );
  await expect(startCloudFront({ ...options, originUrl: "a" })).rejects.toThrow(
    "originUrl must be an http or https URL",
  );
});

test("a port in use is refused with its number", async () => {
  const { url } = await start(pass);
  const port = Number(new URL(url).port);
  await expect(startCloudFront({ port, handler: pass, originUrl: url })).rejects.toThrow(
    `CloudFront: port ${port} on 127.0.0.1 is in use. Choose another port.`,
  );
});
