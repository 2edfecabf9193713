import { once } from "node:events";
import { Agent, createServer, get } from "node:http";
import { expect, test } from "@jest/globals";
import { formatUrl, listen } from "../../local/listen.ts";

test("listens on the loopback address by default", async () => {
  const { url, close } = await listen(
    createServer((_, response) => response.end("hello")),
    { part: "Test", port: 0 },
  );
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  expect(await (await fetch(url)).text()).toBe("hello");
  await close();
});

test("an IPv6 host is bracketed in the address", () => {
  expect(formatUrl("::1", 8080)).toBe("http://[::1]:8080");
  expect(formatUrl("localhost", 8080)).toBe("http://localhost:8080");
});

test("a port in use is refused with the name of the part and the number of the port", async () => {
  const first = await listen(createServer(), { part: "First", port: 0 });
  const port = Number(new URL(first.url).port);
  await expect(listen(createServer(), { part: "Second", port })).rejects.toThrow(
    `Second: port ${port} on 127.0.0.1 is in use. Choose another port.`,
  );
  await first.close();
});

test("another reason for not listening is reported by its code", async () => {
  await expect(listen(createServer(), { part: "Test", host: "192.0.2.1", port: 0 })).rejects.toThrow(
    "Test: cannot listen on port 0 on 192.0.2.1 (EADDRNOTAVAIL).",
  );
});

test("closing ends a connection whose request has no answer yet", async () => {
  const arrived = Promise.withResolvers<void>();
  const { url, close } = await listen(
    createServer(() => arrived.resolve()),
    { part: "Test", port: 0 },
  );
  const request = get(url);
  const failed = once(request, "error");
  await arrived.promise;
  await close();
  await failed;
});

test("closing ends keep-alive connections and frees the port, and may be repeated", async () => {
  const server = createServer((_, response) => response.end());
  const { url, close } = await listen(server, { part: "Test", port: 0 });
  const request = get(url, { agent: new Agent({ keepAlive: true }) }, (response) => response.resume());
  await once(request, "close");
  const { socket } = request;
  expect(socket?.destroyed).toBe(false);
  const closed = socket && once(socket, "close");
  await close();
  await closed;
  await close();
  const again = await listen(createServer(), { part: "Test", port: Number(new URL(url).port) });
  await again.close();
});
