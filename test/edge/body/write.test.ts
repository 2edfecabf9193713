import { gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, test } from "@jest/globals";
import { type BodyPlan, planBody } from "../../../edge/body/plan.ts";
import { writeBody } from "../../../edge/body/write.ts";
import { parseEvent } from "../../../edge/event.ts";
import { type EventParts, makeEvent, makePolicy } from "../../support/edge.ts";

const token = "x".repeat(40);

function plan(parts: EventParts): BodyPlan {
  const policy = makePolicy([{ fields: ["a"] }]);
  const planned = planBody(parseEvent(makeEvent(parts)), policy.rules, policy, { remaining: 1_000_000 });
  if (planned === undefined) throw new TypeError("No body.");
  return planned;
}

const write = (body: BodyPlan): Buffer => writeBody(body, () => token);

describe("a body goes back", () => {
  test("in UTF-8", () => {
    expect(write(plan({ body: '{"a":1,"é":2}' })).toString()).toBe(`{"a":"#01#${token}#10#","é":2}`);
  });

  test("in the bytes that came, where it is a form in parts", () => {
    const head = (name: string): Buffer => Buffer.from(`--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n`);
    const file = Buffer.from([0xff, 0x00, 0xc3]);
    const body = Buffer.concat([head("f"), file, Buffer.from("\r\n"), head("a"), Buffer.from("1\r\n--b--")]);
    const written = write(plan({ body, headers: { "content-type": "multipart/form-data; boundary=b" } }));
    expect(written.includes(file)).toBe(true);
    expect(written.includes(`\r\n\r\n#01#${token}#10#\r\n--b--`)).toBe(true);
  });

  test("with its codings", () => {
    const coded = plan({ body: gzipSync('{"a":1}'), headers: { "content-encoding": "gzip" } });
    expect(gunzipSync(write(coded)).toString()).toBe(`{"a":"#01#${token}#10#"}`);
  });

  test("within its limit, codings included", () => {
    const body = plan({ body: '{"a":1}' });
    const { length } = write(body);
    expect(write({ ...body, maxBodyBytes: length })).toHaveLength(length);
    const tooLarge = expect.objectContaining({ code: "body_too_large" });
    expect(() => write({ ...body, maxBodyBytes: length - 1 })).toThrow(tooLarge);
  });
});
