import { once } from "node:events";
import { Agent, type OutgoingHttpHeaders, request } from "node:http";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { ObservedCall } from "../../../local/kms/call.ts";
import { type KmsWithClient, openKms } from "../../support/local-kms.ts";
import { nextPrivateKeyPem } from "../../support/rsa-keys.ts";

const keyId = "1234abcd-12ab-34cd-56ef-1234567890ab";
const privateKeyPem = nextPrivateKeyPem(2048);

const observed: ObservedCall[] = [];
const agent = new Agent({ keepAlive: true, maxSockets: 1 });
let opened: KmsWithClient;

beforeAll(async () => {
  const observe = (call: ObservedCall) => observed.push(call);
  opened = await openKms({ accountId: "444455556666", region: "ap-southeast-2", observe });
  opened.kms.importKey({ keyId, privateKeyPem });
  opened.kms.importKey({ keyId, privateKeyPem, region: "eu-west-3" });
});

afterAll(async () => {
  agent.destroy();
  await opened.close();
});

interface Sent {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string | Uint8Array;
}

/** Sends a request, and adds only `Host`, `Connection` and a length. */
async function send({ method = "POST", path = "/", headers = {}, body = "{}" }: Sent) {
  const length = { "Content-Length": Buffer.byteLength(body) };
  const sent = request(opened.kms.url + path, { method, agent, headers: { ...headers, ...length } });
  sent.end(body);
  const [response] = await once(sent, "response");
  const { statusCode: status, headers: received } = response;
  return { status, headers: received, body: await text(response), isSocketReused: sent.reusedSocket };
}

const json = { "Content-Type": "application/x-amz-json-1.1" };

/** A request of the AWS CLI: the headers of botocore's JSON protocol, and its spacing of JSON. */
function cliHeaders(operation: string, region: string): OutgoingHttpHeaders {
  const scope = `AKIDEXAMPLE/20260101/${region}/kms/aws4_request`;
  const signed = "SignedHeaders=content-type;host;x-amz-date;x-amz-target";
  return {
    "X-Amz-Target": `TrentService.${operation}`,
    ...json,
    "User-Agent": "aws-cli/2.31.0 md/awscrt#0.27.6 exe/x86_64",
    "X-Amz-Date": "20260101T000000Z",
    Authorization: `AWS4-HMAC-SHA256 Credential=${scope}, ${signed}, Signature=${"0".repeat(64)}`,
  };
}

describe("the AWS CLI", () => {
  test("encrypts and decrypts in base64, in the Region of its credential scope", async () => {
    const key = `"KeyId": "${keyId}", "EncryptionAlgorithm": "RSAES_OAEP_SHA_256"`;
    const headers = cliHeaders("Encrypt", "eu-west-3");
    const sealed = await send({ headers, body: `{${key}, "Plaintext": "Wm/Dqw=="}` });
    expect(sealed.status).toBe(200);
    const { CiphertextBlob } = JSON.parse(sealed.body) as { CiphertextBlob: string };
    const body = `{${key}, "CiphertextBlob": "${CiphertextBlob}"}`;
    const answer = await send({ headers: cliHeaders("Decrypt", "eu-west-3"), body });
    expect(JSON.parse(answer.body)).toEqual({
      KeyId: `arn:aws:kms:eu-west-3:444455556666:key/${keyId}`,
      Plaintext: "Wm/Dqw==",
      EncryptionAlgorithm: "RSAES_OAEP_SHA_256",
    });
    expect(answer.headers).toMatchObject({
      "content-type": "application/x-amz-json-1.1",
      "content-length": String(answer.body.length),
      "x-amzn-requestid": expect.stringMatching(/^[0-9a-f-]{36}$/),
      "cache-control": "no-cache, no-store, must-revalidate, private",
    });
  });

  test("reads times as seconds since 1970", async () => {
    const answer = await send({ headers: cliHeaders("DescribeKey", "eu-west-3"), body: `{"KeyId": "${keyId}"}` });
    const { KeyMetadata } = JSON.parse(answer.body) as { KeyMetadata: { CreationDate: number } };
    expect(new Date(KeyMetadata.CreationDate * 1000).getUTCFullYear()).toBeGreaterThan(2020);
  });

  test("reads the name of an error in __type", async () => {
    const answer = await send({ headers: cliHeaders("DescribeKey", "eu-west-1"), body: `{"KeyId": "${keyId}"}` });
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.body)).toEqual({
      __type: "NotFoundException",
      message: `Key 'arn:aws:kms:eu-west-1:444455556666:key/${keyId}' does not exist`,
    });
  });

  test("gets no message for a ciphertext that does not open", async () => {
    const body = `{"KeyId": "${keyId}", "EncryptionAlgorithm": "RSAES_OAEP_SHA_256", "CiphertextBlob": "AAAA"}`;
    const answer = await send({ headers: cliHeaders("Decrypt", "eu-west-3"), body });
    expect({ status: answer.status, body: answer.body }).toEqual({
      status: 400,
      body: '{"__type":"InvalidCiphertextException"}',
    });
  });

  test("gets an empty body from operations without an answer", async () => {
    const answer = await send({ headers: cliHeaders("EnableKey", "eu-west-3"), body: `{"KeyId": "${keyId}"}` });
    expect({ status: answer.status, body: answer.body }).toEqual({ status: 200, body: "" });
    expect(answer.headers["content-length"]).toBe("0");
  });
});

describe("the Region of a call", () => {
  const target = { ...json, "X-Amz-Target": "TrentService.ListKeys" };
  const version4a = "AWS4-ECDSA-P256-SHA256 Credential=AKIDEXAMPLE/20260101/kms/aws4_request, SignedHeaders=host";
  const otherService = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/eu-west-3/s3/aws4_request, SignedHeaders=host";

  test.each([
    ["no signature", {}],
    ["a signature for many Regions", { Authorization: version4a }],
    ["a signature for another service", { Authorization: otherService }],
    ["another scheme", { Authorization: "Bearer x" }],
  ])("is the one of the options with %s", async (_, headers) => {
    const answer = await send({ headers: { ...target, ...headers } });
    expect(JSON.parse(answer.body)).toMatchObject({
      Keys: [{ KeyArn: `arn:aws:kms:ap-southeast-2:444455556666:key/${keyId}` }],
    });
  });
});

describe("another protocol gets 404", () => {
  const target = { ...json, "X-Amz-Target": "TrentService.ListKeys" };
  const cbor = { "Content-Type": "application/cbor", "smithy-protocol": "rpc-v2-cbor" };

  test.each<[string, Sent]>([
    ["GET", { method: "GET", headers: target }],
    ["another path", { path: "/kms", headers: target }],
    ["a query", { path: "/?Action=ListKeys", headers: target }],
    ["no media type", { headers: { "X-Amz-Target": "TrentService.ListKeys" } }],
    ["plain JSON", { headers: { ...target, "Content-Type": "application/json" } }],
    ["Smithy RPC v2 CBOR", { path: "/service/TrentService/operation/ListKeys", headers: cbor, body: Buffer.of(0xa0) }],
  ])("%s", async (_, sent) => {
    const answer = await send(sent);
    expect({ status: answer.status, body: answer.body }).toEqual({
      status: 404,
      body: '{"__type":"UnknownOperationException"}',
    });
    expect(answer.headers["x-amzn-requestid"]).toMatch(/^[0-9a-f-]{36}$/);
  });
});

test.each([
  ["no operation", undefined],
  ["an operation that is not there", "TrentService.Frobnicate"],
  ["an operation that is not simulated", "TrentService.GenerateDataKey"],
  ["an operation by another case", "TrentService.listKeys"],
  ["a property of all objects", "TrentService.constructor"],
  ["another service", "DynamoDB_20120810.ListKeys"],
])("%s is unknown", async (_, target) => {
  const answer = await send({ headers: { ...json, ...(target && { "X-Amz-Target": target }) } });
  expect({ status: answer.status, body: answer.body }).toEqual({
    status: 400,
    body: '{"__type":"UnknownOperationException"}',
  });
});

test("the media type may have parameters and any case", async () => {
  const mediaType = "Application/X-Amz-JSON-1.1; charset=utf-8";
  const headers = { "Content-Type": mediaType, "X-Amz-Target": "TrentService.ListKeys" };
  expect((await send({ headers })).status).toBe(200);
});

test.each([
  ["no body", ""],
  ["null for a member", '{"Limit": null, "Marker": null}'],
  ["an unknown member", '{"Colour": "red"}'],
])("%s is accepted", async (_, body) => {
  expect((await send({ headers: { ...json, "X-Amz-Target": "TrentService.ListKeys" }, body })).status).toBe(200);
});

describe("a request that cannot be read is refused and not quoted", () => {
  const secret = "secret-4929";
  const key = `"KeyId": "${keyId}", "EncryptionAlgorithm": "RSAES_OAEP_SHA_256"`;
  const wrongType = (member: string) => `{"__type":"SerializationException","message":"${member} has a wrong type"}`;
  const unreadable = '{"__type":"SerializationException"}';

  test.each([
    ["cut JSON", "Encrypt", `{"Plaintext": "${secret}`, unreadable],
    ["an array", "Encrypt", `["${secret}"]`, unreadable],
    ["a text", "Encrypt", `"${secret}"`, unreadable],
    ["null", "Encrypt", "null", unreadable],
    ["bytes that are not UTF-8", "Encrypt", Buffer.from(`{"${secret}": "\xff"}`, "latin1"), unreadable],
    ["no base64", "Encrypt", `{"Plaintext": "${secret}"}`, wrongType("Plaintext")],
    ["base64 without its padding", "Encrypt", '{"Plaintext": "Wg"}', wrongType("Plaintext")],
    ["base64 for addresses", "Encrypt", '{"Plaintext": "Wm_D"}', wrongType("Plaintext")],
    ["a number for bytes", "Decrypt", '{"CiphertextBlob": 1}', wrongType("CiphertextBlob")],
    ["a number for text", "DescribeKey", '{"KeyId": 1}', wrongType("KeyId")],
    ["an object for a word", "CreateKey", '{"KeySpec": {}}', wrongType("KeySpec")],
    ["text for a number", "ListKeys", '{"Limit": "10"}', wrongType("Limit")],
    ["a fraction", "ListKeys", '{"Limit": 1.5}', wrongType("Limit")],
    ["text for a flag", "Decrypt", '{"DryRun": "true"}', wrongType("DryRun")],
    ["text for a list", "Decrypt", '{"DryRun": true, "DryRunModifiers": "x"}', wrongType("DryRunModifiers")],
    ["numbers in a list", "Decrypt", '{"DryRun": true, "DryRunModifiers": [1]}', wrongType("DryRunModifiers")],
    [
      "a list for a map",
      "Encrypt",
      `{${key}, "Plaintext": "Wg==", "EncryptionContext": []}`,
      wrongType("EncryptionContext"),
    ],
    [
      "a megabyte and more",
      "Encrypt",
      `{"Plaintext": "${"A".repeat(1_048_576)}"}`,
      '{"__type":"SerializationException","message":"The request is too large"}',
    ],
  ])("%s", async (_, operation, sentBody, expected) => {
    const headers = { ...json, "X-Amz-Target": `TrentService.${operation}` };
    const answer = await send({ headers, body: sentBody });
    expect({ status: answer.status, body: answer.body }).toEqual({ status: 400, body: expected });
    expect(observed.at(-1)).toEqual({ operation, outcome: "SerializationException" });
  });
});

test("a connection serves many calls, each with a request id of its own", async () => {
  const headers = { ...json, "X-Amz-Target": "TrentService.ListKeys" };
  const requestIds = new Set<unknown>();
  await send({ headers });
  for (let count = 0; count < 5; count += 1) {
    const answer = await send({ headers });
    requestIds.add(answer.headers["x-amzn-requestid"]);
    expect(answer.isSocketReused).toBe(true);
  }
  expect(requestIds.size).toBe(5);
});
