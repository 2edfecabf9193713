/** ListKeys, in pages. */
import { ListKeysCommand } from "@aws-sdk/client-kms";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { type KmsWithClient, openKms, refusalOf } from "../../support/local-kms.ts";
import { nextPrivateKeyPem } from "../../support/rsa-keys.ts";

const keyId = "1234abcd-12ab-34cd-56ef-1234567890ab";
const keyArn = `arn:aws:kms:eu-central-1:111122223333:key/${keyId}`;
const absentId = "00000000-0000-4000-8000-000000000000";
const privateKeyPem = nextPrivateKeyPem(2048);

let opened: KmsWithClient;

beforeEach(async () => {
  opened = await openKms();
  opened.kms.importKey({ keyId, privateKeyPem, description: "for people" });
});

afterEach(() => opened.close());

describe("ListKeys", () => {
  const otherIds = [absentId, "ffffffff-0000-4000-8000-000000000000"];

  beforeEach(() => otherIds.forEach((id) => opened.kms.importKey({ keyId: id, privateKeyPem })));

  test("lists ids and ARNs", async () => {
    const { Keys = [], Truncated, NextMarker } = await opened.client.send(new ListKeysCommand());
    expect({ Truncated, NextMarker }).toEqual({ Truncated: false, NextMarker: undefined });
    expect(Keys.map(({ KeyId }) => KeyId)).toEqual([absentId, keyId, otherIds[1]]);
    expect(Keys[1]).toEqual({ KeyId: keyId, KeyArn: keyArn });
  });

  test.each([1, 2, 3])("in pages of %i, each key comes once", async (Limit) => {
    const seen: (string | undefined)[] = [];
    let Marker: string | undefined;
    do {
      const page = await opened.client.send(new ListKeysCommand({ Limit, Marker }));
      seen.push(...(page.Keys ?? []).map(({ KeyId }) => KeyId));
      expect(page.Truncated).toBe(page.NextMarker !== undefined);
      Marker = page.NextMarker;
    } while (Marker !== undefined);
    expect(seen).toEqual([absentId, keyId, otherIds[1]]);
  });

  test("a marker that no page ended with is refused", async () => {
    const refusal = await refusalOf(opened.client.send(new ListKeysCommand({ Marker: "not a marker" })));
    expect(refusal).toMatchObject({ name: "InvalidMarkerException", status: 400 });
  });

  test.each([0, 1001])("a page of %i is refused", async (Limit) => {
    const refusal = await refusalOf(opened.client.send(new ListKeysCommand({ Limit })));
    expect(refusal).toMatchObject({ name: "ValidationException", message: expect.stringContaining(`'${Limit}'`) });
  });
});
