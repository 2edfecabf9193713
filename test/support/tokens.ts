/** Tokens of the two test keys, a reader of them, and what opens them. */
import { privateDecrypt } from "node:crypto";
import type { Decrypt } from "../../core/decrypt/open-tokens.ts";
import { parseReader, type Reader } from "../../core/decrypt/reader/reader.ts";
import { FieldsealError } from "../../core/errors.ts";
import { formatToken } from "../../core/token/grammar.ts";
import { createRecipient, type Recipient } from "../../core/token/recipient.ts";
import { type ContentKey, createContentKey, sealBytes, sealJson } from "../../core/token/sealed-content.ts";
import { keys } from "./edge.ts";

const [one, two] = keys;
export const recipients: readonly [Recipient, Recipient] = [
  createRecipient(one, one.publicKeyPem),
  createRecipient(two, two.publicKeyPem),
];

const contentKeys: ReadonlyMap<Recipient, ContentKey> = new Map(
  recipients.map((recipient) => [recipient, createContentKey(recipient)]),
);

function contentKeyOf(recipient: Recipient): ContentKey {
  return contentKeys.get(recipient) ?? createContentKey(recipient);
}

export function direct(text: string, recipient = recipients[0]): string {
  return formatToken(recipient, recipient.encrypt(Buffer.from(text)).toString("base64"));
}

/** All of one recipient share a content key. */
export function sealed(json: string, label?: string, recipient = recipients[0]): string {
  return formatToken(recipient, sealJson(contentKeyOf(recipient), label, json));
}

export function file(bytes: Buffer, recipient = recipients[0]): string {
  return formatToken(recipient, sealBytes(contentKeyOf(recipient), undefined, bytes));
}

/** It may open the tokens of both keys, unless the settings say something else. */
export function readerOf(settings: object = {}): Reader {
  const identities = keys.map(({ id, keyArn, prefix, suffix }) => ({ id, keyArn, prefix, suffix }));
  return parseReader({ reader: "r", recipients: identities, open: keys.map(({ id }) => id), ...settings });
}

/** As KMS does it. */
export const decrypt: Decrypt = async (requests) =>
  requests.map(({ keyArn, ciphertext }) => {
    const key = keys.find((each) => each.keyArn === keyArn);
    try {
      return privateDecrypt({ key: key?.privateKeyPem ?? "", oaepHash: "sha256" }, ciphertext);
    } catch {
      return new FieldsealError("token_invalid");
    }
  });
